# The measured job by R survey: Rscript survey_job.R FILE.csv; prints JSON.
suppressPackageStartupMessages(library(survey))
data <- read.csv(commandArgs(TRUE)[1])
items <- grep("^q[0-9]+$", names(data), value = TRUE)
started <- proc.time()[["elapsed"]]
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = data)
found <- lapply(items, function(item) svyby(reformulate(item), ~unit, design, svymean, na.rm = TRUE))
seconds <- proc.time()[["elapsed"]] - started
shares <- sum(sapply(found, function(each) sum(coef(each))))
errors <- sum(sapply(found, function(each) sum(SE(each))))
cat(sprintf('{"seconds": %.6f, "shares": %.12f, "errors": %.12f}\n', seconds, shares, errors))
