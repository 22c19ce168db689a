# Further reference results: unequal probabilities without replacement, and replicate weights of other designs.
# Run in this directory with R 4.2.2 and survey 4.5: Rscript replication_and_pps.R
suppressMessages(library(survey))
options(digits = 17, warn = 1)
entries <- list()

text17 <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) {
    body <- vapply(x, text17, "")
    if (is.null(names(x))) return(paste0("[", paste(body, collapse = ", "), "]"))
    return(paste0("{", paste(sprintf("\"%s\": %s", names(x), body), collapse = ", "), "}"))
  }
  one <- if (is.character(x)) sprintf("\"%s\"", x) else if (is.logical(x)) tolower(as.character(x)) else
    ifelse(is.finite(x), formatC(x, digits = 17, format = "g", width = 1), sprintf("\"%s\"", x))
  if (length(x) == 1 && !inherits(x, "AsIs")) one else paste0("[", paste(one, collapse = ", "), "]")
}
plain <- function(x) unname(as.vector(x))
many <- function(x) I(plain(x))
matrix17 <- function(m) lapply(seq_len(nrow(m)), function(i) many(m[i, ]))

spec <- function(data, ids = NULL, strata = NULL, fpc = NULL, weights = NULL, probs = NULL, lonely = "fail", extra = NULL)
  list(data = data, design = list(ids = if (is.null(ids)) NULL else I(ids), strata = if (is.null(strata)) NULL else I(strata),
    fpc = if (is.null(fpc)) NULL else I(fpc), fpc_kind = "sampling_fraction", weights = weights, probs = probs, nest = FALSE,
    lonely_psu = lonely, adjust_domain_lonely = FALSE, extra = extra))

add <- function(id, s, estimator, args, call, steps = NULL, domain = NULL) {
  code <- paste(deparse(substitute(call), width.cutoff = 500L), collapse = " ")
  options(survey.lonely.psu = s$design$lonely_psu)
  expected <- tryCatch(suppressWarnings(call), error = function(e) list(error = gsub("[\"\n]", " ", conditionMessage(e))))
  entries[[length(entries) + 1]] <<- list(id = id, data = s$data, design = s$design, steps = steps, domain = domain,
    estimator = estimator, args = args, expected = expected, warnings = NULL, note = NULL, r = gsub("\"", "'", code),
    tolerance = list(rel = 1e-6, abs = 1e-9))
}
statistic <- function(x, d) {
  ci <- confint(x, df = degf(d))
  list(labels = I(names(coef(x))), estimate = many(coef(x)), se = many(SE(x)), vcov = matrix17(as.matrix(vcov(x))), df = degf(d),
       ci_t95_lower = many(ci[, 1]), ci_t95_upper = many(ci[, 2]))
}
by_domain <- function(x, by, d, df = NULL) {
  r <- list(by = setNames(list(I(as.character(x[[by]]))), by), estimate = many(coef(x)), se = many(as.matrix(SE(x))), design_df = degf(d))
  if (!is.null(df)) r$domain_df <- many(df)
  r
}
interval <- function(x, d) list(estimate = plain(coef(x))[1], se = plain(sqrt(vcov(x)))[1], ci_lower = plain(confint(x))[1],
                                ci_upper = plain(confint(x))[2], df = degf(d))
save_table <- function(x, file) {
  for (v in names(x)) if (is.numeric(x[[v]])) x[[v]] <- ifelse(is.na(x[[v]]), NA, formatC(x[[v]], digits = 17, format = "g", width = 1))
  write.csv(x, file, row.names = FALSE, quote = FALSE, na = "")
}
battery <- function(id, s, d, y, x, by, group) {
  f <- reformulate(y)
  add(paste0(id, "/mean"), s, "mean", list(y = I(y), na_rm = FALSE), statistic(svymean(f, d), d))
  add(paste0(id, "/total"), s, "total", list(y = I(y), na_rm = FALSE), statistic(svytotal(f, d), d))
  add(paste0(id, "/ratio"), s, "ratio", list(y = y[1], x = x, na_rm = FALSE),
      { r <- svyratio(reformulate(y[1]), reformulate(x), d); list(estimate = plain(coef(r)), se = plain(SE(r))) })
  rule <- list(list(col = by, op = "==", value = group))
  if (inherits(d, "pps")) {  # survey 4.5 cannot take a domain of these designs: the domain's totals of products with its indicator
    inside <- as.numeric(d$variables[[by]] == group)
    d$variables$.y <- d$variables[[y[1]]] * inside; d$variables$.n <- inside
    t <- svytotal(~.y, d); r <- svyratio(~.y, ~.n, d)
    add(paste0(id, "/domain_total"), s, "total", list(y = I(y[1]), na_rm = FALSE), list(estimate = many(coef(t)), se = many(SE(t))), domain = rule)
    add(paste0(id, "/domain_mean"), s, "mean", list(y = I(y[1]), na_rm = FALSE), list(estimate = many(coef(r)), se = many(SE(r))), domain = rule)
    return(invisible())
  }
  add(paste0(id, "/total_by"), s, "total", list(y = I(y[1]), by = I(by), na_rm = FALSE),
      by_domain(svyby(reformulate(y[1]), reformulate(by), d, svytotal), by, d))
  add(paste0(id, "/mean_by"), s, "mean", list(y = I(y[1]), by = I(by), na_rm = FALSE),
      by_domain(svyby(reformulate(y[1]), reformulate(by), d, svymean), by, d))
  dd <- d[which(d$variables[[by]] == group), ]
  add(paste0(id, "/domain_total"), s, "total", list(y = I(y), na_rm = FALSE), statistic(svytotal(f, dd), dd), domain = rule)
}

## ---- one stage: counties drawn with probability proportional to their votes
data(election)
counties <- data.frame(county = seq_len(nrow(election_pps)), bush = election_pps$Bush, kerry = election_pps$Kerry,
                       nader = election_pps$Nader, votes = election_pps$votes, p = election_pps$p,
                       size = ifelse(election_pps$votes > 200000, "large", "small"))
counties$part <- ifelse(counties$county %% 3 == 0, 1, 2)  # numbers: survey 4.5 fails on strata named by words here
save_table(counties, "counties.csv"); save_table(as.data.frame(election_jointprob), "counties_joint.csv")
psum <- sum(election$p^2) / 40
methods <- list(
  brewer = list("brewer", "HT", "brewer"), overton = list("overton", "HT", list(method = "overton")),
  overton_yg = list("overton", "YG", list(method = "overton", variance = "YG")),
  hr = list(HR(), "HT", list(method = "HR")), hr_psum = list(HR(psum), "HT", list(method = "HR", psum = psum)),
  hr_psum_yg = list(HR(psum), "YG", list(method = "HR", psum = psum, variance = "YG")),
  joint_ht = list(ppsmat(election_jointprob), "HT", list(method = "ppsmat", joint_file = "counties_joint.csv")),
  joint_yg = list(ppsmat(election_jointprob), "YG", list(method = "ppsmat", joint_file = "counties_joint.csv", variance = "YG")),
  poisson = list(poisson_sampling(counties$p), "HT", list(method = "poisson")))
for (m in names(methods)) { how <- methods[[m]]
  d <- if (m %in% c("brewer")) svydesign(id = ~1, fpc = ~p, data = counties, pps = how[[1]]) else
    svydesign(id = ~1, probs = ~p, data = counties, pps = how[[1]], variance = how[[2]])
  s <- if (m == "brewer") spec("counties.csv", fpc = "p", extra = list(pps = how[[3]])) else
    spec("counties.csv", probs = "p", extra = list(pps = how[[3]]))
  battery(paste0("counties/", m), s, d, c("bush", "kerry"), "votes", "size", "large") }
for (m in c("overton", "hr")) { how <- methods[[m]]
  d <- svydesign(id = ~1, strata = ~part, probs = ~p, data = counties, pps = how[[1]])
  battery(paste0("counties_stratified/", m), spec("counties.csv", strata = "part", probs = "p", extra = list(pps = how[[3]])), d,
          c("bush", "kerry"), "votes", "size", "small") }

## ---- two stages: municipalities in clusters, both drawn with unequal probabilities; one cluster taken with certainty
data(mu284)
towns <- data.frame(cluster = mu284$id1, town = mu284$id2, y = mu284$y1, z = mu284$y1 + mu284$id2^2, g = ifelse(mu284$id2 < 3, "u", "v"))
towns$p1 <- c(`19` = .05, `45` = 1, `47` = .12, `50` = .3, `31` = .2)[as.character(towns$cluster)]
towns$p2 <- pmin(1, 3 / mu284$n2 * (1 + (mu284$id2 - 2) / 10))
towns$stratum <- ifelse(towns$cluster %in% c(19, 45), "s", "t")
# sorted: survey 4.5 pairs the units' 1 - p in order of appearance with their totals in order of labels
towns <- towns[order(towns$cluster, towns$town), ]
save_table(towns, "towns.csv")
for (st in c(FALSE, TRUE)) {
  d <- if (st) svydesign(id = ~cluster + town, strata = ~stratum, fpc = ~p1 + p2, data = towns, pps = "brewer") else
    svydesign(id = ~cluster + town, fpc = ~p1 + p2, data = towns, pps = "brewer")
  s <- spec("towns.csv", ids = c("cluster", "town"), strata = if (st) "stratum", fpc = c("p1", "p2"), extra = list(pps = "brewer"))
  battery(if (st) "towns_stratified/brewer" else "towns/brewer", s, d, c("y", "z"), "z", "g", "u") }
alone <- towns[towns$cluster != 45, ]
for (rule in c("fail", "adjust", "remove", "average")) { options(survey.lonely.psu = rule)
  d <- svydesign(id = ~cluster + town, strata = ~stratum, fpc = ~p1 + p2, data = alone, pps = "brewer")
  s <- spec("towns.csv", ids = c("cluster", "town"), strata = "stratum", fpc = c("p1", "p2"), lonely = rule,
            extra = list(pps = "brewer", filter_rows_before_design = "drop cluster 45"))
  add(paste0("towns_alone/", rule, "/total"), s, "total", list(y = I(c("y", "z")), na_rm = FALSE), statistic(svytotal(~y + z, d), d))
  add(paste0("towns_alone/", rule, "/mean"), s, "mean", list(y = I("y"), na_rm = FALSE), statistic(svymean(~y, d), d)) }

## ---- replicate weights: half samples with and without Fay's coefficient, and domains of a jackknife
data(scd)
scd$weight <- 1.5; scd$good <- as.numeric(scd$alive > 45); scd$kind <- ifelse(scd$ambulance == 1, "x", "y")
save_table(scd, "arrests.csv")
scddes <- svydesign(data = scd, weights = ~weight, id = ~ambulance, strata = ~ESA, nest = TRUE)
for (type in c("BRR", "Fay", "JKn")) for (ms in c(FALSE, TRUE)) {
  r <- if (type == "Fay") as.svrepdesign(scddes, type = "Fay", fay.rho = .3, mse = ms) else as.svrepdesign(scddes, type = type, mse = ms)
  file <- paste0("arrests_", type, ".csv"); factors <- type == "JKn"
  if (!ms) save_table(as.data.frame(unclass(weights(r, if (factors) "replication" else "analysis"))), file)
  s <- spec("arrests.csv", weights = "weight", extra = list(replicate = list(type = type, file = file, combined_weights = !factors,
    scale = r$scale, rscales = many(r$rscales), mse = ms, rho = if (type == "Fay") .3 else NULL, n_rep = length(r$rscales), degf = degf(r))))
  id <- paste0("arrests/", type, if (ms) "_mse")
  battery(id, s, r, c("alive", "arrests"), "arrests", "kind", "x")
  for (m in c("mean", "beta", "logit", "xlogit", "asin", "wilson"))
    add(paste0(id, "/ciprop/", m), s, "ciprop", list(y = "good", method = m, level = .9), interval(svyciprop(~good, r, method = m, level = .9), r)) }
data(api)
schools <- apiclus2[, c("dnum", "snum", "stype", "api00", "enroll", "pw")]
schools$high <- as.numeric(schools$api00 > 700)
schools <- schools[order(schools$dnum), ]
save_table(schools, "schools.csv")
d <- svydesign(id = ~dnum, weights = ~pw, data = schools)
r <- as.svrepdesign(d, type = "JK1"); first <- !duplicated(schools$dnum)
save_table(cbind(dnum = schools$dnum[first], as.data.frame(as.matrix(weights(r, "replication"))[first, ])), "schools_JK1.csv")
s <- spec("schools.csv", ids = "dnum", weights = "pw", extra = list(derived = list(large = "api00 > 650 & stype != 'H'"),
  replicate = list(type = "JK1", file = "schools_JK1.csv", combined_weights = FALSE, factors_by = I("dnum"), scale = r$scale,
                   rscales = many(r$rscales), mse = FALSE, rho = NULL, n_rep = 40, degf = degf(r))))
r$variables$large <- as.logical(schools$api00 > 650 & schools$stype != "H")
add("schools/JK1/mean_by", s, "mean", list(y = I(c("api00", "enroll")), by = I("stype"), na_rm = TRUE),
    by_domain(svyby(~api00 + enroll, ~stype, r, svymean, na.rm = TRUE), "stype", r, sapply(c("E", "H", "M"), function(v) degf(r[r$variables$stype == v, ]))))
for (v in c("E", "H")) { rr <- r[r$variables$stype == v, ]; rule <- list(list(col = "stype", op = "==", value = v))
  add(paste0("schools/JK1/", v, "/mean"), s, "mean", list(y = I("api00"), na_rm = FALSE), statistic(svymean(~api00, rr), rr), domain = rule)
  for (m in c("logit", "beta", "wilson", "mean", "asin", "xlogit", "likelihood"))
    add(paste0("schools/JK1/", v, "/ciprop/", m), s, "ciprop", list(y = "high", method = m, level = .95), interval(svyciprop(~high, rr, method = m), rr), domain = rule) }
add("schools/JK1/deff", s, "mean", list(y = I("api00"), na_rm = FALSE, deff = TRUE),
    { x <- svymean(~api00, r, deff = TRUE); list(estimate = plain(coef(x)), se = plain(SE(x)), deff = plain(deff(x))) })
rr <- r[r$variables$large, ]
add("schools/JK1/derived/mean", s, "mean", list(y = I("api00"), na_rm = FALSE), statistic(svymean(~api00, rr), rr), domain = list(list(col = "large", op = "==", value = TRUE)))

meta <- list(r = R.version.string, survey = as.character(packageVersion("survey")), made_by = "replication_and_pps.R", n_entries = length(entries))
cat("{\"meta\": ", text17(meta), ",\n\"entries\": [\n", paste(vapply(entries, text17, ""), collapse = ",\n"), "\n]}\n", sep = "", file = "replication_and_pps.json")
cat(length(entries), "entries,", sum(vapply(entries, function(e) !is.null(e$expected$error), NA)), "refusals\n")
