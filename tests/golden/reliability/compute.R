# Expected numbers of expected.json. Run in this folder: Rscript compute.R > expected.json
suppressMessages(library(survey))
library(jsonlite)
options(survey.lonely.psu = "adjust")
read <- function(name) read.csv(file.path("..", "reference", name))

# Cronbach's alpha and its linearized variance from the covariances of survey::svyvar
alpha_of <- function(C) { K <- ncol(C); K / (K - 1) * (1 - sum(diag(C)) / sum(C)) }
linearized_alpha <- function(items, design) {
  v <- svyvar(as.formula(paste("~", paste(items, collapse = "+"))), design, na.rm = TRUE)
  C <- as.matrix(v)[items, items]
  K <- length(items)
  slope <- K / (K - 1) * (sum(diag(C)) / sum(C)^2 - diag(K) / sum(C))
  list(alpha = alpha_of(C), se = sqrt(as.numeric(t(as.vector(slope)) %*% attr(v, "var") %*% as.vector(slope))))
}
weighted_cov <- function(x, w) { m <- colSums(w * x) / sum(w); d <- sweep(x, 2, m); crossprod(d, w * d) / sum(w) }

# Shapley shares by going through every order of entry
lmg <- function(C) {
  p <- ncol(C) - 1
  R <- cov2cor(C)
  r2 <- function(S) if (length(S) == 0) 0 else sum(R[S, p + 1] * solve(R[S, S, drop = FALSE], R[S, p + 1]))
  orders <- function(v) if (length(v) == 1) list(v) else
    do.call(c, lapply(seq_along(v), function(i) lapply(orders(v[-i]), function(o) c(v[i], o))))
  all <- orders(seq_len(p))
  gain <- rep(0, p)
  for (o in all) for (i in seq_along(o)) gain[o[i]] <- gain[o[i]] + r2(o[seq_len(i)]) - r2(o[seq_len(i - 1)])
  gain / length(all)
}

clus1 <- read("apiclus1.csv")
dclus1 <- svydesign(id = ~dnum, weights = ~pw, data = clus1, fpc = ~fpc)
schools <- c("ell", "meals", "mobility", "emer")
jk1 <- as.svrepdesign(dclus1, type = "JK1", mse = TRUE)
jk1_mean <- as.svrepdesign(dclus1, type = "JK1")
of_schools <- function(w, data) alpha_of(weighted_cov(as.matrix(data[schools]), w))
outcome <- c("ell", "meals", "mobility", "emer", "api00")
of_drivers <- function(w, data) {
  C <- weighted_cov(as.matrix(data[outcome]), w)
  R <- cov2cor(C)
  c(solve(R[1:4, 1:4], R[1:4, 5]), lmg(C))
}
drivers <- withReplicates(jk1, of_drivers)

synth <- read("synth_open.csv")
items <- paste0("q", 1:6)
two <- svydesign(id = ~psu + id, strata = ~stratum, fpc = ~N1 + N2, weights = ~w, data = synth)
one <- svydesign(id = ~psu, strata = ~stratum, weights = ~w, data = synth)
sexes <- svytotal(~sex, one)
post <- postStratify(one, ~sex, data.frame(sex = c("F", "M"), Freq = c(16000, 14000)))

complete <- na.omit(synth[c(items, "w")])
fit <- factanal(covmat = list(cov = cov.wt(complete[items], wt = complete$w)$cov, n.obs = nrow(complete)),
                factors = 1, control = list(opt = list(factr = 1)))
plain <- factanal(na.omit(synth[items]), 1, scores = "regression", control = list(opt = list(factr = 1)))
load <- as.vector(fit$loadings)

# one-way analysis of variance, units nested: enumerators within the stratum
set.seed(1)
synth$enumerator <- paste0(synth$stratum, "-", synth$id %% 3)
rows <- synth[!is.na(synth$overall), ]
rows$u <- factor(rows$stratum); rows$e <- factor(rows$enumerator)
table <- anova(lm(overall ~ u + e, data = rows))
f <- table["e", "F value"]; df1 <- table["e", "Df"]; df2 <- table["Residuals", "Df"]
n_ue <- tapply(rows$overall, rows$e, length); unit_of <- tapply(as.character(rows$u), rows$e, `[`, 1)
n_u <- tapply(rows$overall, rows$u, length)[unit_of]
m0 <- (sum(n_ue) - sum(n_ue^2 / n_u)) / df1
icc <- function(f) (f - 1) / (f + m0 - 1)

cat(toJSON(list(
  made_with = paste(R.version.string, "survey", packageVersion("survey")),
  apiclus1 = list(
    linearized = linearized_alpha(schools, dclus1),
    jackknife_se = SE(withReplicates(jk1, of_schools)),
    replicates_se = SE(withReplicates(jk1_mean, of_schools)),
    drivers = list(values = as.vector(coef(drivers)), se = as.vector(SE(drivers)))),
  synth_open = list(
    two_stage = linearized_alpha(items, two),
    poststratified = linearized_alpha(items, post),
    domain = linearized_alpha(items, subset(one, sex == "F")),
    weighted_loadings = load, weighted_omega = sum(load)^2 / (sum(load)^2 + sum(fit$uniquenesses)),
    regression_scores_first = as.vector(plain$scores)[1:20], complete = nrow(complete)),
  enumerators = list(f = f, icc = icc(f), lower = icc(f / qf(0.975, df1, df2)), upper = icc(f / qf(0.025, df1, df2)))
), digits = NA, auto_unbox = TRUE, pretty = TRUE))
