# Batteries of questions for R survey: each entry is a question, the answer, and the call that gives it, in the format of
# ../reference/ORIGIN.md. Sourced by further_surveys.R.
suppressMessages({library(survey); library(jsonlite)})
options(warn = 1, digits = 17)
E <- list(); CALW <- list()
reset <- function() { E <<- list(); CALW <<- list() }
num <- function(x) { if (is.null(x)) return(NULL); x <- unname(x); attributes(x) <- attributes(x)["dim"]; x }
chr <- function(x) if (is.null(x)) NULL else I(as.character(x))
# ---- design spec: plain fields in, survey.design out
sp <- function(data, ids = NULL, strata = NULL, fpc = NULL, weights = NULL, nest = FALSE, lonely = "fail",
               adjdom = FALSE, fpc_kind = "population_size", probs = NULL, extra = NULL)
  list(data = data, ids = ids, strata = strata, fpc = fpc, fpc_kind = fpc_kind, weights = weights, probs = probs,
       nest = nest, lonely_psu = lonely, adjust_domain_lonely = adjdom, extra = extra)
fm <- function(v) if (is.null(v)) NULL else reformulate(sprintf("`%s`", v))
mk <- function(s, df) { setopt(s)
  a <- list(ids = if (is.null(s$ids)) ~1 else fm(s$ids), data = df, nest = s$nest)
  if (!is.null(s$strata)) a$strata <- fm(s$strata)
  if (!is.null(s$fpc)) a$fpc <- fm(s$fpc)
  if (!is.null(s$weights)) a$weights <- fm(s$weights)
  if (!is.null(s$probs)) a$probs <- fm(s$probs)
  do.call(svydesign, a) }
setopt <- function(s) options(survey.lonely.psu = s$lonely_psu, survey.adjust.domain.lonely = isTRUE(s$adjust_domain_lonely))
spec_json <- function(s) list(ids = chr(s$ids), strata = chr(s$strata), fpc = chr(s$fpc), fpc_kind = s$fpc_kind, weights = s$weights, probs = s$probs, nest = s$nest, lonely_psu = s$lonely_psu, adjust_domain_lonely = s$adjust_domain_lonely, extra = s$extra)
tol <- function(est, args) {
  if (est == "ordinal_logit") return(list(rel = 1e-3, abs = 1e-5))
  if (est == "ciprop" && identical(args$method, "likelihood")) return(list(rel = 1e-4, abs = 1e-6))
  if (est %in% c("glm", "term_test", "predict", "nr_propensity", "pseudo_r2")) return(list(rel = 1e-5, abs = 1e-8))
  list(rel = 1e-6, abs = 1e-9) }
add <- function(id, s, est, args, expr, steps = NULL, domain = NULL, note = NULL) {
  code <- paste(deparse(substitute(expr), width.cutoff = 500L), collapse = " ")
  setopt(s)
  w <- character()
  val <- withCallingHandlers(tryCatch(expr, error = function(e) list(error = conditionMessage(e))),
    warning = function(x) { w <<- c(w, conditionMessage(x)); invokeRestart("muffleWarning") })
  if (!is.null(E[[id]])) stop("duplicate id ", id)
  t <- tol(est, args)
  if (!length(args)) args <- setNames(list(), character())
  E[[id]] <<- list(id = id, data = s$data, design = spec_json(s), steps = steps, domain = domain, estimator = est,
                   args = args, expected = val, warnings = if (length(w)) I(unique(w)) else NULL, note = note, r = code, tolerance = t)
  invisible(val) }
n17 <- function(x) { # doubles as 17-significant-digit literals (jsonlite stops at 15)
  if (is.list(x)) { x[] <- lapply(x, n17); return(x) }
  if (is.double(x)) { a <- attributes(x); v <- ifelse(is.finite(x), paste0("\u00a7", formatC(as.vector(x), digits = 17, format = "g", width = 1)), as.character(x)); attributes(v) <- a; return(v) }
  x }
flush <- function(file, script) {
  o <- list(meta = list(r = R.version.string, survey = as.character(packageVersion("survey")), made_by = script, n_entries = length(E)), entries = unname(E))
  cat(gsub('"\u00a7([^"]*)"', '\\1', toJSON(n17(o), auto_unbox = TRUE, na = "string", null = "null", pretty = FALSE)), file = file)
  cat(sprintf("%-34s %5d entries %8.0f bytes  errors:%d\n", file, length(E), file.size(file), sum(sapply(E, function(e) !is.null(e$expected$error)))))
  reset() }
# ---- extractors (all values plain vectors / matrices; label vectors alongside)
X_stat <- function(x, d = NULL, df = NULL, vc = TRUE) { if (is.null(df)) df <- degf(d)
  V <- as.matrix(vcov(x)); r <- list(labels = I(names(coef(x))), estimate = I(num(coef(x))), se = I(num(as.vector(SE(x)))))
  if (vc && length(coef(x)) <= 30) r$vcov <- num(V)
  ci <- confint(x, df = df); r$df <- df; r$ci_t95_lower <- I(num(ci[, 1])); r$ci_t95_upper <- I(num(ci[, 2]))
  cz <- confint(x, df = Inf); r$ci_z95_lower <- I(num(cz[, 1])); r$ci_z95_upper <- I(num(cz[, 2]))
  de <- tryCatch(attr(x, "deff"), error = function(e) NULL)
  if (!is.null(de)) r$deff <- I(num(if (is.matrix(de)) diag(de) else de))
  r }
X_by <- function(x, by, d, bydesign = NULL) { k <- as.data.frame(x)[by]
  lab <- lapply(k, as.character); e <- coef(x); s <- as.vector(as.matrix(SE(x)))
  nb <- nrow(k); nst <- length(e) / nb
  r <- list(by = lab, n_stat = nst, labels = I(names(e)), estimate = I(num(e)), se = I(num(s)), order = "statistic-major: all domains of stat 1, then stat 2 ...")
  de <- grep("^DEff", names(x)); if (length(de)) r$deff <- I(num(unlist(x[de])))
  if (!is.null(bydesign)) r$domain_df <- I(bydesign)
  r$design_df <- degf(d)
  ci <- tryCatch(confint(x, df = degf(d)), error = function(e) NULL); if (!is.null(ci)) { r$ci_t95_lower <- I(num(ci[, 1])); r$ci_t95_upper <- I(num(ci[, 2])) }
  V <- tryCatch(vcov(x), error = function(e) NULL, warning = function(w) NULL); if (!is.null(V) && NCOL(V) <= 14 && NCOL(V) > 1) r$vcov <- num(as.matrix(V))
  r }
X_q <- function(q) { o <- lapply(names(q), function(v) { m <- q[[v]]; list(variable = v, p = I(as.numeric(rownames(m))), quantile = I(num(m[, 1])), ci_lower = I(num(m[, 2])), ci_upper = I(num(m[, 3])), se = I(num(m[, 4]))) }); o }
X_prop <- function(x) list(estimate = num(coef(x))[1], se = num(sqrt(vcov(x)))[1], ci_lower = num(confint(x))[1], ci_upper = num(confint(x))[2])
X_glm <- function(m) { b <- coef(m); se <- sqrt(diag(vcov(m))); sm <- summary(m)$coefficients
  list(labels = I(names(b)), estimate = I(num(b)), se = I(num(se)), vcov = num(vcov(m)), df_residual = m$df.residual, t = I(num(sm[, 3])), p_value = I(num(sm[, 4])),
       dispersion = num(summary(m)$dispersion)[1], ci_t95_lower = I(num(confint(m)[, 1])), ci_t95_upper = I(num(confint(m)[, 2])), deviance = m$deviance, null_deviance = m$null.deviance) }
X_test <- function(t) { r <- list(statistic = I(num(t$statistic)), parameter = if (is.null(t$parameter)) NULL else I(num(t$parameter)), parameter_names = if (is.null(t$parameter)) NULL else I(names(t$parameter)), p_value = num(t$p.value)[1], method = t$method)
  if (!is.null(t$estimate)) { r$estimate <- I(num(t$estimate)) }; if (!is.null(t$conf.int)) r$ci <- I(num(t$conf.int)); r }
X_reg <- function(t) list(F = num(t$Ftest)[1], df = t$df, ddf = t$ddf, p = num(t$p)[1])
q_ <- function(v) sprintf("`%s`", v)
f_ <- function(v) reformulate(q_(v))
dom_df <- function(d, by) { g <- do.call(interaction, c(lapply(by, function(b) factor(d$variables[[b]])), drop = TRUE, lex.order = FALSE)); sapply(levels(g), function(l) degf(d[which(g == l), ])) }
# domain: list of {col, op, value}
subs <- function(d, dom) { keep <- rep(TRUE, nrow(d$variables)); for (c in dom) { v <- d$variables[[c$col]]; keep <- keep & switch(c$op, "==" = v == c$value, ">" = v > c$value, ">=" = v >= c$value, "<" = v < c$value, "<=" = v <= c$value, "in" = v %in% c$value, "notna" = !is.na(v)) }
  d[which(keep), ] }
# ---- batteries -------------------------------------------------------------
B_basic <- function(P, s, d, num_v, fac_v, by, ratio = NULL, na = FALSE, steps = NULL, deff = TRUE, totals = TRUE, domain = NULL) {
  a <- function(...) add(..., steps = steps, domain = domain)
  a(paste0(P, "/mean/num"), s, "mean", list(y = I(num_v), na_rm = na, deff = deff), X_stat(svymean(f_(num_v), d, na.rm = na, deff = deff), d))
  if (deff) a(paste0(P, "/mean/num_deff_replace"), s, "mean", list(y = I(num_v), na_rm = na, deff = "replace"), X_stat(svymean(f_(num_v), d, na.rm = na, deff = "replace"), d))
  if (totals) a(paste0(P, "/total/num"), s, "total", list(y = I(num_v), na_rm = na, deff = deff), X_stat(svytotal(f_(num_v), d, na.rm = na, deff = deff), d))
  for (f in fac_v) {
    a(paste0(P, "/prop/", f), s, "prop", list(y = f, na_rm = na, deff = deff), X_stat(svymean(f_(f), d, na.rm = na, deff = deff), d))
    if (totals) a(paste0(P, "/total/", f), s, "count", list(y = f, na_rm = na), X_stat(svytotal(f_(f), d, na.rm = na), d)) }
  if (!is.null(ratio)) a(paste0(P, "/ratio/", ratio[1], "_", ratio[2]), s, "ratio", list(y = ratio[1], x = ratio[2], na_rm = na), { r <- svyratio(f_(ratio[1]), f_(ratio[2]), d, na.rm = na, deff = deff); list(estimate = num(coef(r)), se = num(as.vector(SE(r))), df = degf(d), ci_t95_lower = num(confint(r, df = degf(d)))[1], ci_t95_upper = num(confint(r, df = degf(d)))[2]) })
  for (b in by) { nm <- paste(b, collapse = "_X_")
    a(paste0(P, "/mean_by/", nm), s, "mean", list(y = I(num_v), by = I(b), na_rm = na, deff = FALSE), X_by(svyby(f_(num_v), f_(b), d, svymean, na.rm = na, covmat = TRUE), b, d, dom_df(d, b)))
    if (deff) a(paste0(P, "/mean_by_deff/", nm), s, "mean", list(y = num_v[1], by = I(b), na_rm = na, deff = TRUE), X_by(svyby(f_(num_v[1]), f_(b), d, svymean, na.rm = na, deff = TRUE), b, d))
    if (totals) a(paste0(P, "/total_by/", nm), s, "total", list(y = I(num_v), by = I(b), na_rm = na), X_by(svyby(f_(num_v), f_(b), d, svytotal, na.rm = na, covmat = TRUE), b, d))
    if (!is.null(ratio)) a(paste0(P, "/ratio_by/", nm), s, "ratio", list(y = ratio[1], x = ratio[2], by = I(b), na_rm = na), X_by(svyby(f_(ratio[1]), f_(b), denominator = f_(ratio[2]), d, svyratio, na.rm = na), b, d))
    for (f in setdiff(fac_v, b)) a(paste0(P, "/prop_by/", f, "|", nm), s, "prop", list(y = f, by = I(b), na_rm = na), X_by(svyby(f_(f), f_(b), d, svymean, na.rm = na), b, d)) } }
QR <- c("math", "school", "shahvaish", paste0("hf", 1:9))
B_quant <- function(P, s, d, v, na = FALSE, p = c(.1, .25, .5, .75, .9), ints = c("mean", "beta", "xlogit", "asin"), qrules = QR, steps = NULL, domain = NULL) {
  for (i in ints) add(paste0(P, "/quantile/", v, "/math_", i), s, "quantile", list(y = v, p = p, qrule = "math", interval = i, na_rm = na), X_q(svyquantile(f_(v), d, p, qrule = "math", interval.type = i, na.rm = na)), steps = steps, domain = domain)
  for (r in setdiff(qrules, "math")) add(paste0(P, "/quantile/", v, "/", r, "_mean"), s, "quantile", list(y = v, p = p, qrule = r, interval = "mean", na_rm = na), X_q(svyquantile(f_(v), d, p, qrule = r, interval.type = "mean", na.rm = na)), steps = steps, domain = domain) }
CI <- c("logit", "likelihood", "asin", "beta", "mean", "xlogit", "wilson")
B_cip <- function(P, s, d, v, na = TRUE, levels = c(.95, .9), methods = CI, domain = NULL, steps = NULL)
  for (m in methods) for (l in levels) add(paste0(P, "/ciprop/", v, "/", m, "_", l), s, "ciprop", list(y = v, method = m, level = l, na_rm = na), c(X_prop(svyciprop(f_(v), d, method = m, level = l, na.rm = na)), list(df = degf(d), n = nrow(d))), domain = domain, steps = steps)
B_chi <- function(P, s, d, r, c, na = TRUE, stats = c("F", "Chisq", "Wald", "adjWald"), domain = NULL, steps = NULL) {
  for (st in stats) add(paste0(P, "/chisq/", r, "_", c, "/", st), s, "chisq", list(row = r, col = c, statistic = st, na_rm = na), X_test(svychisq(as.formula(paste("~", q_(r), "+", q_(c))), d, statistic = st, na.rm = na)), domain = domain, steps = steps)
  add(paste0(P, "/table/", r, "_", c), s, "table", list(row = r, col = c), { t <- svytable(as.formula(paste("~", q_(r), "+", q_(c))), d); list(row_labels = I(rownames(t)), col_labels = I(colnames(t)), counts = num(unclass(t))) }, domain = domain, steps = steps) }
B_glm <- function(P, s, d, nm, f, fam, terms = NULL, steps = NULL, domain = NULL) {
  m <- tryCatch({ setopt(s); switch(fam, gaussian = svyglm(f, d), quasibinomial = svyglm(f, d, family = quasibinomial()), quasipoisson = svyglm(f, d, family = quasipoisson())) }, error = function(e) e)
  add(paste0(P, "/glm/", nm), s, "glm", list(formula = paste(deparse(f), collapse = ""), family = fam, factor_coding = "treatment, first level in C-locale sort order is the reference"), { if (inherits(m, "error")) stop(m); X_glm(m) }, steps = steps, domain = domain)
  if (!inherits(m, "error")) for (t in terms) add(paste0(P, "/glm/", nm, "/term_", gsub("[^A-Za-z0-9._:]", "", t)), s, "term_test", list(formula = paste(deparse(f), collapse = ""), family = fam, term = t, method = "Wald"), X_reg(regTermTest(m, as.formula(paste("~", t)), method = "Wald")), steps = steps, domain = domain)
  invisible(m) }
# calibration: stores weights, then battery
B_cal <- function(P, s, step, dexpr, num_v, fac_v, by, ratio = NULL, na = FALSE) {
  d <- tryCatch({ setopt(s); withCallingHandlers(dexpr, warning = function(w) invokeRestart("muffleWarning")) }, error = function(e) e)
  nm <- step$name
  add(paste0(P, "/cal/", nm, "/weights"), s, "weights", list(), { if (inherits(d, "error")) stop(conditionMessage(d)); w <- weights(d); list(sum = sum(w), min = min(w), max = max(w), sum_sq = sum(w^2), kish_deff = length(w) * sum(w^2) / sum(w)^2, first20 = I(num(head(w, 20))), column = nm) }, steps = list(step))
  if (!inherits(d, "error")) { CALW[[nm]] <<- num(weights(d))
    B_basic(paste0(P, "/cal/", nm), s, d, num_v, fac_v, by, ratio, na = na, steps = list(step), deff = FALSE) }
  invisible(d) }
rd <- function(f) { d <- read.csv(f, stringsAsFactors = FALSE, check.names = FALSE, na.strings = "", encoding = "UTF-8"); for (v in names(d)) if (is.character(d[[v]])) { lv <- sort(unique(d[[v]]), method = "radix"); d[[v]] <- factor(d[[v]], levels = lv) }; d }
wd <- function(d, f) { for (v in names(d)) if (is.numeric(d[[v]]) && !is.integer(d[[v]])) { x <- format(d[[v]], digits = 17, trim = TRUE, scientific = FALSE, drop0trailing = TRUE); s <- sapply(d[[v]], function(z) format(z, digits = 15)); ok <- !is.na(d[[v]]) & as.numeric(s) == d[[v]]; x <- ifelse(ok, s, sapply(d[[v]], function(z) format(z, digits = 17))); x[is.na(d[[v]])] <- NA; d[[v]] <- x }
  for (v in names(d)) if (is.array(d[[v]])) d[[v]] <- as.vector(d[[v]])
  write.csv(d, f, row.names = FALSE, na = "", quote = which(sapply(d, function(x) is.factor(x) || (is.character(x) && any(grepl(",", x), na.rm = TRUE))))) }
put <- function(df, f) { wd(df, f); rd(f) }
dp <- function(f) paste(deparse(f, width.cutoff = 500L), collapse = "")
# generic battery ------------------------------------------------------------
full <- function(P, s, d, num, fac = character(), by = list(), ratio = NULL, qv = NULL, bin = NULL, chi = list(), glm = list(), tt = list(),
                 rt = list(), var = NULL, alpha = NULL, kappa = NULL, olr = NULL, std = NULL, pred = NULL, marg = NULL, con = list(), na = TRUE,
                 steps = NULL, domain = NULL, qrules = QR, qp = c(.01, .1, .25, .5, .75, .9, .99), ints = c("mean", "beta", "xlogit", "asin"), qby = NULL, deff = TRUE, totals = TRUE, levels = c(.95, .9), stats = c("F", "Chisq", "Wald", "adjWald", "saddlepoint")) {
  B_basic(P, s, d, num, fac, by, ratio, na = na, deff = deff, totals = totals, steps = steps, domain = domain)
  for (v in qv) B_quant(P, s, d, v, na = na, p = qp, ints = ints, qrules = qrules, steps = steps, domain = domain)
  if (!is.null(qby)) add(paste0(P, "/quantile_by/", qby[1], "|", qby[2]), s, "quantile", list(y = qby[1], by = I(qby[2]), p = c(.25, .5, .75), qrule = "math", interval = "mean", na_rm = na), { b <- svyby(f_(qby[1]), f_(qby[2]), d, svyquantile, quantiles = c(.25, .5, .75), ci = TRUE, keep.var = TRUE, na.rm = na); list(by = setNames(list(I(as.character(b[[qby[2]]]))), qby[2]), columns = I(names(b)[-1]), values = num(as.matrix(b[, -1]))) }, steps = steps, domain = domain)
  for (v in bin) B_cip(P, s, d, v, levels = levels, domain = domain, steps = steps)
  for (x in chi) B_chi(P, s, d, x[1], x[2], domain = domain, steps = steps, stats = stats)
  for (g in glm) B_glm(P, s, d, g[[1]], g[[2]], g[[3]], if (length(g) > 3) g[[4]] else NULL, steps = steps, domain = domain)
  for (f in tt) add(paste0(P, "/ttest/", gsub(" ", "", dp(f))), s, "ttest", list(formula = dp(f)), X_test(svyttest(f, d)), steps = steps, domain = domain)
  for (f in rt) for (t in c("wilcoxon", "vanderWaerden", "median", "KruskalWallis")) add(paste0(P, "/ranktest/", gsub(" ", "", dp(f)), "_", t), s, "ranktest", list(formula = dp(f), test = t), X_test(svyranktest(f, d, test = t)), steps = steps, domain = domain)
  if (!is.null(var)) { add(paste0(P, "/var"), s, "var", list(y = I(var), na_rm = na), { v <- svyvar(f_(var), d, na.rm = na); list(estimate = num(matrix(as.vector(v), length(var))), vcov = num(as.matrix(vcov(v)))) }, steps = steps, domain = domain)
    if (length(by)) add(paste0(P, "/var_by"), s, "var", list(y = I(var[1]), by = I(by[[1]]), na_rm = na), { b <- svyby(f_(var[1]), f_(by[[1]]), d, svyvar, na.rm = na); X_by(b, by[[1]], d) }, steps = steps, domain = domain) }
  for (n in names(alpha)) add(paste0(P, "/alpha/", n), s, "cronbach_alpha", list(items = I(alpha[[n]]), na_rm = na), list(alpha = num(svycralpha(f_(alpha[[n]]), d, na.rm = na))), steps = steps, domain = domain)
  for (k in kappa) add(paste0(P, "/kappa/", paste(k, collapse = "_")), s, "kappa", list(row = k[1], col = k[2]), { x <- svykappa(f_(k), d); list(estimate = num(coef(x)), se = num(as.vector(SE(x)))) }, steps = steps, domain = domain)
  for (n in names(olr)) add(paste0(P, "/olr/", n), s, "ordinal_logit", list(formula = dp(olr[[n]])), { f <- olr[[n]]; d5 <- d; yv <- all.vars(f)[1]; d5$variables[[".y"]] <- factor(d5$variables[[yv]]); f2 <- update(f, .y ~ .); m <- svyolr(f2, d5); list(coef = I(num(coef(m))), labels = I(names(coef(m))), vcov = num(as.matrix(vcov(m)))) }, steps = steps, domain = domain)
  if (!is.null(std)) add(paste0(P, "/standardize"), s, "standardize", list(by = std$by, over = std$over, population = I(std$population), y = std$y, na_rm = na), { dz <- svystandardize(d, f_(std$by), f_(std$over), std$population); X_by(svyby(f_(std$y), f_(std$over), dz, svymean, na.rm = na), std$over, dz) }, steps = steps, domain = domain)
  for (n in names(pred)) { p <- pred[[n]]; p <<- p; add(paste0(P, "/predict/", n), s, "predict", list(formula = dp(p$f), family = p$fam, newdata = as.list(p$nd), type = "both"), { m <- svyglm(p$f, d, family = switch(p$fam, gaussian = gaussian(), quasibinomial = quasibinomial(), quasipoisson = quasipoisson())); a <- predict(m, p$nd, type = "link", se.fit = TRUE); b <- predict(m, p$nd, type = "response", se.fit = TRUE); list(link = I(num(as.vector(a))), link_se = I(num(as.vector(SE(a)))), response = I(num(as.vector(b))), response_se = I(num(as.vector(SE(b))))) }, steps = steps, domain = domain)
    if (p$fam == "quasibinomial") add(paste0(P, "/psrsq/", n), s, "pseudo_r2", list(formula = dp(p$f)), { m <- svyglm(p$f, d, family = quasibinomial()); list(cox_snell = num(psrsq(m, "Cox-Snell")), nagelkerke = num(psrsq(m, "Nagelkerke"))) }, steps = steps, domain = domain) }
  for (n in names(marg)) { p <- marg[[n]]; p <<- p; add(paste0(P, "/marginal/", n), s, "marginpred_svypredmeans", list(model = dp(p$f), margin = p$m), { mm <- svyglm(p$f, d); r <- svypredmeans(mm, f_(p$m)); X_stat(r, d) }, steps = steps, domain = domain) }
  for (n in names(con)) { k <- con[[n]]
    if (is.null(k$expr)) add(paste0(P, "/contrast/", n), s, "contrast", list(base = k$base, coef = as.list(k$coef)), { b <- eval(parse(text = call_in(k$base))); x <- svycontrast(b, k$coef); list(estimate = num(coef(x)), se = num(as.vector(SE(x)))) }, steps = steps, domain = domain)
    else add(paste0(P, "/contrast/", n), s, "contrast", list(base = k$base, expr = k$expr), { b <- eval(parse(text = call_in(k$base))); x <- svycontrast(b, parse(text = k$expr)[[1]]); list(estimate = num(coef(x)), se = num(as.vector(SE(x)))) }, steps = steps, domain = domain) }
  add(paste0(P, "/degf"), s, "degf", list(), list(degf = degf(d)), steps = steps, domain = domain)
}
# the base text has no design in it: put d where R wants it
call_in <- function(b) { cl <- parse(text = b)[[1]]; f <- as.character(cl[[1]]); at <- switch(f, svyby = 3, svyratio = 3, 2); l <- as.list(cl); deparse1(as.call(append(l, list(design = quote(d)), after = length(l)))) }
# a replicate design given from outside: its weights in a file
RX <- function(r, file) { W <- as.matrix(weights(r, "analysis")); colnames(W) <- paste0("rw", seq_len(ncol(W)))
  write.csv(apply(W, 2, function(v) formatC(v, digits = 17, format = "g")), file, row.names = FALSE, quote = FALSE)
  list(replicate = list(type = r$type, file = file, combined_weights = TRUE, factors_by = NULL, scale = r$scale, rscales = I(num(r$rscales)), mse = r$mse, rho = r$rho, n_rep = ncol(W), degf = degf(r))) }
