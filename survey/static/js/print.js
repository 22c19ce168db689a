// The print button of the sheets; without JavaScript the browser's own print command does the same.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
