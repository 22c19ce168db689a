# Further reference results: made-up surveys whose designs, answers and labels are where programs go wrong.
# Run in this directory with R 4.2.2, survey 4.5, jsonlite and MASS, in a UTF-8 locale: LC_ALL=C.UTF-8 Rscript further_surveys.R
source("batteries.R"); SCR <- "further_surveys.R"
few <- c("F", "Chisq", "Wald", "adjWald", "saddlepoint")

## ---- three stages, each with a finite population
set.seed(7); o <- list(); k <- 0
for (h in 1:3) { N1 <- c(8, 12, 5)[h]; n1 <- c(3, 4, 2)[h]
  for (i in 1:n1) { N2 <- sample(4:9, 1); n2 <- sample(2:3, 1); u <- rnorm(1)
    for (j in 1:n2) { N3 <- sample(10:30, 1); n3 <- sample(3:6, 1)
      for (l in 1:n3) { k <- k + 1
        o[[k]] <- data.frame(prov = paste0("P", h), dist = paste0("P", h, "d", i), ward = paste0("P", h, "d", i, "w", j), hh = k, N1 = N1, N2 = N2, N3 = N3,
          f1 = n1 / N1, f2 = n2 / N2, f3 = n3 / N3, y = round(rnorm(1, 50 + 5 * h + 4 * u, 9), 2), z = rpois(1, 3) + 1, q = sample(1:5, 1, prob = c(1, 2, 4, 6, 3)),
          sex = sample(c("Nam", "N\u1eef"), 1), age = sample(18:80, 1)) } } } }
x <- do.call(rbind, o); x$good <- as.integer(x$q >= 4); x$q[sample(nrow(x), 9)] <- NA; x$good[is.na(x$q)] <- NA
df <- put(x, "three_stages.csv")
S <- list(population = sp("three_stages.csv", ids = c("dist", "ward", "hh"), strata = "prov", fpc = c("N1", "N2", "N3")),
  fraction = sp("three_stages.csv", ids = c("dist", "ward", "hh"), strata = "prov", fpc = c("f1", "f2", "f3"), fpc_kind = "sampling_fraction"),
  probabilities = sp("three_stages.csv", ids = c("dist", "ward", "hh"), strata = "prov", probs = c("f1", "f2", "f3")))
dom <- list(list(col = "age", op = ">=", value = 40), list(col = "sex", op = "==", value = "Nam"))
for (n in names(S)) { s <- S[[n]]; d <- mk(s, df); P <- paste0("three_stages/", n)
  full(P, s, d, c("y", "q", "z"), "sex", list("prov", "dist"), c("y", "z"), bin = if (n == "population") "good", levels = .9, glm = list(list("g", y ~ sex + age + z, "gaussian", c("sex", "age"))),
    tt = list(y ~ sex), var = c("y", "q", "z"), std = list(by = "sex", over = "prov", population = c(40, 60), y = "y"))
  dd <- subs(d, dom); full(paste0(P, "/dom"), s, dd, c("y", "q"), "prov", list("prov"), c("y", "z"), var = c("y", "z"), domain = dom) }
flush("three_stages.json", SCR)

## ---- certainty units and single units, in domains, with missing answers; numbers, truth values and Vietnamese as labels
set.seed(70); o <- list(); k <- 0
for (h in 1:9) { n1 <- c(1, 4, 1, 2, 1, 3, 6, 1, 2)[h]; N1 <- c(1, 30, 10, 2, 7, 12, 40, 1, 9)[h]
  for (i in 1:n1) { m <- sample(2:7, 1); M <- sample(20:60, 1); u <- rnorm(1)
    for (l in 1:m) { k <- k + 1
      o[[k]] <- data.frame(st = 10 + h, c = 100 * h + i, N1 = N1, N2 = M, w = N1 / n1 * M / m, y = round(100 + 10 * u + rnorm(1) * 5, 1), b = as.integer(runif(1) < .6),
        g = sample(c("a b", "b.c", "\u0110\u1ed3ng Nai"), 1), r = ifelse(h <= 3, 1, ifelse(h <= 6, 2.5, 7)), flag = runif(1) < .3) } } }
x <- do.call(rbind, o); x$id <- seq_len(nrow(x)); x$y[x$st == 11 & x$g == "a b"] <- NA; x$y[20] <- NA; df <- put(x, "single_units.csv")
dom <- list(list(col = "g", op = "==", value = "b.c"), list(col = "r", op = "<", value = 5))
for (kind in c("two_stages", "one_stage")) for (l in c("fail", "adjust", "remove", "average")) for (ad in c(FALSE, TRUE)) { if (l %in% c("fail", "remove") && ad) next
  s <- if (kind == "two_stages") sp("single_units.csv", ids = c("c", "id"), strata = "st", fpc = c("N1", "N2"), weights = "w", lonely = l, adjdom = ad) else sp("single_units.csv", ids = "c", strata = "st", weights = "w", lonely = l, adjdom = ad)
  d <- mk(s, df); P <- paste("single_units", kind, paste0(l, if (ad) "_in_domains"), sep = "/")
  B_basic(P, s, d, c("y", "b"), "flag", list("g", "r", c("g", "flag"), "st"), c("y", "b"), na = TRUE, deff = FALSE)
  if (l != "fail") { dd <- subs(d, dom); B_basic(paste0(P, "/dom"), s, dd, c("y", "b"), "flag", list("r"), na = TRUE, domain = dom, deff = FALSE) } }
flush("single_units.json", SCR)

## ---- Likert answers with many missing; domains without answers, with one, with a share of 0 or 1
set.seed(71); N <- 260; x <- data.frame(id = 1:N, st = rep(c(3, 1, 2), c(100, 90, 70))); x$ps <- paste0("c", x$st, "_", (x$id %% c(6, 7, 5)[x$st]))
for (i in 1:5) x[[paste0("q", i)]] <- sample(c(1:5, NA), N, TRUE, prob = c(1, 2, 5, 9, 5, 3))
x$w <- round(exp(rnorm(N)), 3); x$d <- sample(c("c\u00f3", "kh\u00f4ng", "10", "9", "x y"), N, TRUE); x$d[x$d == "9"][-1] <- "10"; x$q2[x$d == "10"] <- NA
x$sat <- as.integer(x$q1 >= 4); known <- !is.na(x$sat); x$sat[x$d == "c\u00f3" & known] <- 1L; x$sat[x$d == "x y" & known] <- 0L
x$bool <- sample(c(TRUE, FALSE, NA), N, TRUE); x$level <- sample(c(1.5, 2, 10), N, TRUE); x$only <- "same"; x$dd.e <- sample(c("Yes", "No"), N, TRUE)
df <- put(x, "likert.csv"); s <- sp("likert.csv", ids = "ps", strata = "st", weights = "w"); d <- mk(s, df)
full("likert", s, d, c("q1", "q2", "sat"), c("d", "bool", "only", "level"), list("d", "bool", "level", c("d", "dd.e")), c("q1", "q3"), qv = "q1", qp = c(.01, .25, .5, .99), bin = "sat", levels = .95, qrules = c("math", "school", "hf3", "hf7"),
  chi = list(c("d", "q1"), c("bool", "level")), stats = few, glm = list(list("b", sat ~ q3 + bool, "quasibinomial", "bool"), list("nc", q1 ~ factor(level) * dd.e, "gaussian", "factor(level):dd.e")),
  tt = list(q1 ~ bool), rt = list(q3 ~ d), var = c("q1", "q3", "q4"), alpha = list(a3 = paste0("q", 1:3), a5 = paste0("q", 1:5)), kappa = list(c("q3", "q4"), c("dd.e", "bool")), olr = list(a = q1 ~ q3 + dd.e), qby = c("q1", "d"))
for (v in c("c\u00f3", "x y", "9", "10")) { dom <- list(list(col = "d", op = "==", value = v)); dd <- subs(d, dom)
  full(paste0("likert/dom_", v), s, dd, c("q1", "q2"), "bool", list("st"), bin = "sat", levels = .95, domain = dom, qv = "q1", qp = c(.25, .5, .75), ints = c("mean", "beta"), qrules = "math", var = c("q1", "q3"), deff = FALSE) }
flush("likert.json", SCR)

## ---- weights from 1 to 10^5 and 0; totals of 10^9 with little spread
set.seed(72); N <- 200; x <- data.frame(id = 1:N, st = rep(1:10, each = 20)); x$ps <- x$st * 100 + (x$id %% 5); x$w <- 10^runif(N, 0, 5); x$big <- 1e9 + round(rnorm(N), 3); x$y <- rnorm(N) * 1e-4; x$z <- rpois(N, 2)
x$b <- as.integer(runif(N) < .5); x$g <- sample(letters[1:4], N, TRUE); x$w0 <- ifelse(runif(N) < .2, 0, x$w); x$same <- 5; x$rare <- as.integer(x$id %in% c(4, 88, 190)); df <- put(x, "magnitudes.csv")
for (v in c("w", "w0")) { s <- sp("magnitudes.csv", ids = "ps", strata = "st", weights = v); d <- mk(s, df)
  full(paste0("magnitudes/", v), s, d, c("big", "y", "same", "z"), "g", list("g"), c("big", "z"), qv = "y", qp = c(.1, .5, .9), qrules = c("math", "hf7"), bin = c("b", "rare"), levels = .95, chi = list(c("g", "b")), stats = few,
    glm = list(list("l", b ~ y + g, "quasibinomial", "g"), list("rare", rare ~ z, "quasibinomial", "z")), tt = list(big ~ b, I(big - 1e9) ~ 0), rt = list(z ~ b, same ~ b), var = c("big", "y", "z"), std = list(by = "g", over = "b", population = c(10, 20, 30, 40), y = "z")) }
flush("magnitudes.json", SCR)

## ---- calibrations of clusters of schools: weights below 0, clusters alike, interactions, a truth value as margin, two in sequence
data(api); x <- apiclus1[, c("stype", "dnum", "api00", "api99", "sch.wide", "awards", "comp.imp", "meals", "ell", "acs.core", "enroll", "api.stu", "pw", "fpc")]; x$hi <- as.integer(x$api00 > 700); x$bool <- x$ell > 20
pop <- apipop; pop$bool <- pop$ell > 20; df <- put(x, "calibrated.csv"); s <- sp("calibrated.csv", ids = "dnum", fpc = "fpc", weights = "pw"); d <- mk(s, df)
totals <- function(f) colSums(model.matrix(f, pop)); cells <- as.data.frame(table(stype = pop$stype, sch.wide = pop$sch.wide)); tb <- table(pop$bool)
ask <- function(name, step, expr) { dd <- B_cal("calibrated", s, c(list(name = name), step), expr, c("api00", "ell"), "stype", list("awards"), c("api.stu", "enroll"), na = TRUE); st <- list(c(list(name = name), step)); P <- paste0("calibrated/more/", name)
  dom <- list(list(col = "awards", op = "==", value = "Yes"), list(col = "meals", op = ">", value = 30)); du <- subs(dd, dom)
  full(P, s, dd, "api00", qv = "api00", qp = c(.25, .5), qrules = c("math", "hf7"), ints = c("mean", "beta"), bin = "hi", levels = .95, chi = list(c("stype", "awards")), stats = c("F", "Chisq"), glm = list(list("g", api00 ~ ell + stype, "gaussian", "stype"), list("l", hi ~ meals, "quasibinomial"), list("m", api00 ~ acs.core, "gaussian")), tt = list(api00 ~ awards), rt = list(api00 ~ awards), var = c("api00", "ell"), kappa = list(c("awards", "sch.wide")), deff = FALSE, totals = FALSE, steps = st)
  full(paste0(P, "/dom"), s, du, c("api00", "acs.core"), "stype", list("stype"), c("api.stu", "enroll"), qv = "api00", qp = c(.25, .5), qrules = "math", ints = c("mean", "beta"), bin = "hi", levels = .95, glm = list(list("g", api00 ~ ell, "gaussian")), steps = st, domain = dom) }
as_args <- function(f) { m <- totals(f); list(formula = gsub(" ", "", dp(f)), model_matrix = I(names(m)), population = as.list(m)) }
ask("cells", list(op = "poststratify", by = I(c("stype", "sch.wide")), totals = lapply(seq_len(nrow(cells)), function(i) list(stype = as.character(cells$stype[i]), sch.wide = as.character(cells$sch.wide[i]), Freq = cells$Freq[i]))), postStratify(d, ~stype + sch.wide, cells))
ask("truth", list(op = "poststratify", by = I("bool"), totals = list(`FALSE` = tb[[1]], `TRUE` = tb[[2]])), postStratify(d, ~bool, data.frame(bool = c(FALSE, TRUE), Freq = as.vector(tb))))
ask("below_zero", c(list(op = "calibrate", calfun = "linear"), as_args(~stype + api99 + meals)), calibrate(d, ~stype + api99 + meals, totals(~stype + api99 + meals)))
ask("clusters", c(list(op = "calibrate", calfun = "raking", aggregate_stage = 1L, epsilon = 1e-10), as_args(~stype + api99)), calibrate(d, ~stype + api99, totals(~stype + api99), calfun = "raking", aggregate.stage = 1, epsilon = 1e-10, maxit = 200))
ask("interaction", c(list(op = "calibrate", calfun = "logit", bounds = c(.2, 4), epsilon = 1e-10), as_args(~stype * bool)), calibrate(d, ~stype * bool, totals(~stype * bool), calfun = "logit", bounds = c(.2, 4), epsilon = 1e-10, maxit = 300))
flush_cal <- NULL; flush("calibrated.json", SCR)

## ---- replicates of designs given from outside, calibrated and not, in domains that some replicates have nobody of
x <- apiclus2[, c("stype", "dnum", "api00", "api99", "sch.wide", "awards", "meals", "ell", "enroll", "api.stu", "pw")]; x$hi <- as.integer(x$api00 > 700); x <- x[order(x$dnum), ]; x$str <- (as.integer(factor(x$dnum)) + 1) %/% 2; df <- put(x, "halves.csv")
d <- svydesign(~dnum, strata = ~str, weights = ~pw, data = df); set.seed(73); f <- matrix(sample(c(.3, 1.7, 1), nrow(df) * 20, TRUE), ncol = 20)
R <- list(halves = as.svrepdesign(d, type = "BRR"), fay = as.svrepdesign(d, type = "Fay", fay.rho = .25, mse = TRUE), acs = svrepdesign(weights = ~pw, repweights = f * df$pw, data = df, type = "ACS", combined.weights = TRUE))
tot <- totals(~stype + api99); pst <- as.data.frame(table(stype = pop$stype)); psw <- as.data.frame(table(sch.wide = pop$sch.wide)); mg <- function(p) setNames(as.list(p$Freq), as.character(p[[1]]))
steps <- list(cells = list(op = "poststratify", by = I("stype"), totals = mg(pst)), rake = list(op = "rake", margins = list(stype = mg(pst), sch.wide = mg(psw)), epsilon = 1e-10, maxit = 200),
  linear = c(list(op = "calibrate", calfun = "linear"), as_args(~stype + api99)), raking = c(list(op = "calibrate", calfun = "raking", epsilon = 1e-10), as_args(~stype + api99)), trim = list(op = "trim", upper = 80, lower = 10, strict = FALSE))
for (n in names(R)) { r <- R[[n]]; s <- sp("halves.csv", weights = "pw", extra = RX(r, paste0("halves_", n, ".csv"))); P <- paste0("replicates/", n)
  full(P, s, r, c("api00", "ell"), "stype", list("stype", c("awards", "sch.wide")), c("api.stu", "enroll"), bin = "hi", levels = .95, chi = list(c("stype", "awards")), stats = c("F", "Chisq"), glm = list(list("l", hi ~ meals + awards, "quasibinomial", "awards")), tt = list(api00 ~ awards), rt = list(api00 ~ awards), var = c("api00", "ell"), kappa = list(c("awards", "sch.wide")))
  for (k in names(steps)) { st <- list(c(list(name = k), steps[[k]])); rr <- tryCatch(switch(k, cells = postStratify(r, ~stype, pst), rake = rake(r, list(~stype, ~sch.wide), list(pst, psw), control = list(maxit = 200, epsilon = 1e-10)), linear = calibrate(r, ~stype + api99, tot), raking = calibrate(r, ~stype + api99, tot, calfun = "raking", epsilon = 1e-10, maxit = 100), trim = trimWeights(r, upper = 80, lower = 10)), error = function(e) e)
    Q <- paste0(P, "/then_", k); if (inherits(rr, "error")) { add(paste0(Q, "/mean"), s, "mean", list(y = I("api00")), stop(conditionMessage(rr)), steps = st); next }
    add(paste0(Q, "/mean"), s, "mean", list(y = I(c("api00", "ell"))), X_stat(svymean(~api00 + ell, rr), rr), steps = st); add(paste0(Q, "/prop"), s, "prop", list(y = "stype", na_rm = TRUE), X_stat(svymean(~stype, rr), rr), steps = st)
    add(paste0(Q, "/by"), s, "mean", list(y = I("api00"), by = I("awards"), na_rm = TRUE), X_by(svyby(~api00, ~awards, rr, svymean, na.rm = TRUE), "awards", rr), steps = st); B_cip(Q, s, rr, "hi", levels = .95, methods = c("logit", "beta"), steps = st); B_glm(Q, s, rr, "g", api00 ~ ell, "gaussian", steps = st) } }
flush("halves.json", SCR)

## ---- formulas, tests and contrasts as people write them
set.seed(74); N <- 300; x <- data.frame(id = 1:N, st = rep(1:6, each = 50)); x$ps <- x$st * 100 + (x$id %% 7); x$w <- round(runif(N, 1, 30), 3); u <- rnorm(42)[as.integer(factor(x$ps))]
x$age <- sample(18:85, N, TRUE); x$sex <- sample(c("F", "M"), N, TRUE); x$edu <- sample(c("a low", "b.mid", "c high", "d-uni"), N, TRUE, prob = c(.4, .3, .2, .1)); x$inc <- round(exp(rnorm(N, 2 + .01 * x$age)), 2); x$wait <- rpois(N, exp(1 + .3 * u + .2 * (x$sex == "M"))); x$y <- round(10 + .05 * x$age + 2 * (x$edu == "d-uni") + u + rnorm(N), 3)
x$b <- as.integer(runif(N) < plogis(-1 + .02 * x$age + .5 * u)); x$lik <- pmin(5, pmax(1, round(3 + .5 * u + .01 * (x$age - 50) + rnorm(N)))); x$code <- sample(c(1, 2, 5, 10), N, TRUE); x$flag <- x$age > 60; x$y[sample(N, 20)] <- NA; x$edu[sample(N, 12)] <- NA; x$rg <- sample(c("N", "S"), N, TRUE); x$rare <- ifelse(x$id %in% c(5, 200), "rare", x$rg)
df <- put(x, "formulas.csv"); s <- sp("formulas.csv", ids = "ps", strata = "st", weights = "w"); d <- mk(s, df)
full("formulas", s, d, "age", glm = list(list("g1", y ~ sex * edu + log(inc), "gaussian", c("sex:edu", "log(inc)")), list("g2", y ~ I(age^2) + age + factor(code), "gaussian", "factor(code)"), list("g3", y ~ sex + edu - 1, "gaussian", "edu"), list("g4", y ~ edu / sex, "gaussian"), list("g5", lik ~ (age + sex + flag)^2, "gaussian", c("age:sex", "age:sex+age:flag")), list("g6", y ~ cut(age, c(0, 30, 50, 100)), "gaussian"), list("g7", inc ~ as.factor(code) + I(age > 40), "gaussian", "I(age > 40)"),
   list("l1", (lik >= 4) ~ sex + age, "quasibinomial", "sex"), list("l2", flag ~ sex + inc, "quasibinomial", "sex"), list("p1", wait ~ edu * sex, "quasipoisson", "edu:sex"), list("p2", inc ~ age, "quasipoisson")),
  pred = list(l = list(f = b ~ age * sex, fam = "quasibinomial", nd = data.frame(age = c(20, 85), sex = c("M", "F")))), marg = list(a = list(f = y ~ age, m = "sex"), b = list(f = b ~ age, m = "flag")), olr = list(a = lik ~ age + sex, b = edu ~ inc), tt = list(log(inc) ~ sex, y ~ I(age > 40), y ~ flag, age ~ 1), rt = list(log(inc) ~ factor(code), lik ~ edu, y ~ flag), chi = list(c("rare", "code"), c("edu", "lik")), stats = few,
  con = list(a = list(base = "svymean(~age+wait+inc)", expr = "exp(wait/10)-age"), b = list(base = "svymean(~age+wait+inc)", coef = c(age = .5, wait = -1, inc = .25)), c = list(base = "svyby(~inc,~rg,svytotal,covmat=TRUE)", expr = "log(N/S)"), d = list(base = "svyby(~inc+wait,~rg,svymean,covmat=TRUE)", coef = c(`N:inc` = 1, `S:inc` = -1)), e = list(base = "svymean(~sex)", expr = "`sexF`/`sexM`"), f = list(base = "svytotal(~sex)", coef = c(sexF = 1, sexM = -1)), g = list(base = "svyratio(~inc,~wait)", expr = "log(`inc/wait`)"), h = list(base = "svyby(~inc,~rg,denominator=~wait,svyratio,covmat=TRUE)", coef = c(N = 1, S = -1))))
flush("formulas.json", SCR)

## ---- columns made from others, as R makes them from missing answers; rows left out before the design
df <- rd("likert.csv")
made <- list(sat4 = "as.integer(q1 >= 4)", grp = "factor(ifelse(q3 <= 2, 'low', 'high'), levels = c('low', 'high'))", cutq = "cut(q4, c(0, 2, 3, 5))", both = "interaction(dd.e, bool)", tot = "q1 + q3 + q4", hi = "q1 >= 4 & q3 >= 4", code = "factor(level)", good = "q1 %in% c(4, 5)", part = "rowMeans(cbind(q1, q3))")
for (n in names(made)) df[[n]] <- with(df, eval(parse(text = made[[n]])))
s <- sp("likert.csv", ids = "ps", strata = "st", weights = "w", extra = list(derived = made)); d <- mk(s, df)
full("derived", s, d, c("sat4", "tot", "part"), c("grp", "cutq", "both", "hi", "code", "good"), list("grp", "code", "hi"), c("tot", "q1"), bin = "sat4", levels = .95, chi = list(c("grp", "code"), c("cutq", "hi")), stats = c("F", "Wald"), glm = list(list("g", tot ~ grp + code, "gaussian", "grp")), tt = list(tot ~ grp, tot ~ hi), rt = list(tot ~ cutq, tot ~ grp), var = c("sat4", "tot"), qby = c("tot", "grp"), deff = FALSE)
dom <- list(list(col = "hi", op = "==", value = TRUE)); B_basic("derived/dom", s, subs(d, dom), c("tot", "q5"), "grp", list("code"), na = TRUE, domain = dom, deff = FALSE)
s <- sp("likert.csv", ids = "ps", strata = "st", weights = "w", extra = list(filter_rows_before_design = "keep rows where q1 >= 3 & d != '9'")); d <- mk(s, subset(df, q1 >= 3 & d != "9")); B_basic("filtered", s, d, c("q1", "q5"), "d", list("d"), na = TRUE, deff = FALSE)
flush("derived.json", SCR)
