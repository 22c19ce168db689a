// On a narrow screen the menu folds behind a button; without JavaScript it stays open.
{
  const side = document.querySelector(".side");
  const button = document.getElementById("menu-button");
  const show = (isOpen) => {
    button.setAttribute("aria-expanded", String(isOpen));
    side.classList.toggle("open", isOpen);
  };

  side.classList.add("folds");
  button.hidden = false;
  button.addEventListener("click", () => show(!side.classList.contains("open")));
  side.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !side.classList.contains("open")) return;
    show(false);
    button.focus();
  });
}
