# Golden rows computed by R, an origin independent of the Python code under test.
# Base R + stats only. Run from the repository root:
#   Rscript tests/golden/make_r.R
# Writes r_intervals.csv, r_ratios.csv, r_trends.csv and r_kendall.csv beside
# this file. Numbers carry up to 12 significant digits; NA = does not exist.

out <- file.path("tests", "golden")
stopifnot(dir.exists(out))
version <- paste0("R ", R.version$major, ".", R.version$minor)

num <- function(x) trimws(formatC(x, digits = 12, format = "g"))  # results
int <- function(x) sprintf("%.15g", x)                            # inputs
join <- function(x) paste(int(x), collapse = ";")
zap <- function(x) ifelse(abs(x) < 1e-12, 0, x)  # rounding dust around a zero slope
save_rows <- function(rows, name)
  write.csv(do.call(rbind, rows), file.path(out, name), quote = FALSE, row.names = FALSE)
row <- function(...) data.frame(..., stringsAsFactors = FALSE)

# --- a. Exact Poisson limits of one rate, per 200,000 hours ------------------
interval <- function(cases, hours, conf) {
  ci <- poisson.test(cases, T = hours / 200000, conf.level = conf)$conf.int
  row(cases = int(cases), hours = int(hours), confidence = int(conf),
      low = num(ci[1]), high = num(ci[2]), source = paste(version, "poisson.test"))
}
grid <- list(
  c(0, 1000, .95), c(0, 200000, .90), c(0, 200000, .95), c(0, 200000, .99), c(0, 6e10, .95),
  c(1, 1000, .95), c(1, 200000, .90), c(1, 200000, .95), c(1, 200000, .99), c(1, 6e10, .99),
  c(2, 50000, .95), c(2, 1e6, .90), c(3, 123456, .95), c(3, 400000, .99),
  c(5, 200000, .95), c(5, 1e6, .90), c(8, 800000, .95), c(8, 2e6, .99),
  c(10, 200000, .90), c(10, 200000, .95), c(10, 200000, .99), c(10, 6e10, .95),
  c(22, 1e6, .95), c(22, 987654, .90), c(57, 3e6, .95), c(57, 1234567, .99),
  c(100, 1e7, .90), c(100, 1e7, .95), c(100, 1000, .99),
  c(1234, 5e7, .95), c(1234, 6e10, .90), c(1234, 1e8, .99))
save_rows(lapply(grid, function(g) interval(g[1], g[2], g[3])), "r_intervals.csv")

# --- b. Ratio of two rates: exact conditional (Clopper-Pearson) limits -------
# p is twice the smaller one-sided p, NOT the two-sided p of poisson.test.
ratio <- function(cases, hours, base_cases, base_hours, conf) {
  test <- function(alternative)
    poisson.test(c(cases, base_cases), c(hours, base_hours),
                 alternative = alternative, conf.level = conf)
  both <- test("two.sided")
  p <- min(1, 2 * min(test("less")$p.value, test("greater")$p.value))
  row(cases = int(cases), hours = int(hours), base_cases = int(base_cases),
      base_hours = int(base_hours), confidence = int(conf),
      ratio = num(unname(both$estimate)), low = num(both$conf.int[1]),
      high = num(both$conf.int[2]), p_two_smaller_tails = num(p),
      source = paste(version, "poisson.test"))
}
grid <- list(
  c(0, 1e6, 9, 1e6, .95), c(9, 1e6, 0, 1e6, .95), c(0, 1e6, 9, 1e6, .90), c(9, 1e6, 0, 1e6, .99),
  c(0, 2e5, 1, 2e5, .95), c(1, 2e5, 0, 2e5, .95), c(0, 5e5, 3, 4e6, .95), c(3, 4e6, 0, 5e5, .90),
  c(30, 1e6, 20, 1e6, .95), c(20, 1e6, 30, 1e6, .95), c(30, 1e6, 20, 1e6, .90), c(30, 1e6, 20, 1e6, .99),
  c(25, 4, 13, 1, .95), c(13, 1, 25, 4, .95), c(1, 1e6, 1, 1e6, .95), c(10, 1e6, 10, 1e6, .95),
  c(10, 1e6, 10, 2e6, .95), c(50, 3e6, 50, 3e6, .99), c(2, 150000, 5, 900000, .95),
  c(4, 200000, 57, 6123456, .95), c(22, 987654, 18, 1234567, .90), c(7, 400000, 1, 600000, .95),
  c(1234, 5e7, 1100, 5e7, .95), c(1234, 5e7, 1100, 5.2e7, .99),
  c(9098, 447908244, 8518, 415737104, .95), c(8270, 499132590, 9619, 537943089, .95),
  c(3, 1e6, 100000, 6e10, .95))
save_rows(lapply(grid, function(g) ratio(g[1], g[2], g[3], g[4], g[5])), "r_ratios.csv")

# --- c. Log-linear trend in time --------------------------------------------
# Plain (direct, not FFT) convolution of two non-negative vectors.
direct <- function(a, b) {
  if (length(a) < length(b)) { s <- a; a <- b; b <- s }
  pad <- numeric(length(b) - 1)
  as.numeric(stats::filter(c(pad, a, pad), b, sides = 1))[length(b):(length(a) + 2 * length(b) - 2)]
}
# A distribution is list(first, mass). Both ends are cut where the mass is below
# 1e-150 of the largest: this never touches anything near a 12-digit result
# (the smallest p of this file is about 1e-59) and keeps the long row fast.
cut_ends <- function(d) {
  keep <- range(which(d$mass > 1e-150 * max(d$mass)))
  list(first = d$first + keep[1] - 1, mass = d$mass[keep[1]:keep[2]])
}
times <- function(a, b) cut_ends(list(first = a$first + b$first, mass = direct(a$mass, b$mass)))
# Distribution of T = sum(t * n), n ~ multinomial(N, shares): the pgf
# (sum shares x^t)^N by repeated squaring, binary digits of N from the top.
dist_T <- function(t, hours, N, beta) {
  lw <- log(hours) + beta * t
  w <- exp(lw - max(lw))
  one <- list(first = 0, mass = numeric(max(t) + 1))
  one$mass[t + 1] <- w / sum(w)
  one <- cut_ends(one)
  bits <- rev(as.integer(intToBits(N)))
  bits <- bits[which(bits == 1)[1]:32][-1]
  d <- one
  for (b in bits) {
    d <- times(d, d)
    if (b) d <- times(d, one)
  }
  d
}
tails <- function(t, hours, N, obs, beta) {  # P(T <= obs), P(T >= obs)
  d <- dist_T(t, hours, N, beta)
  at <- d$first + seq_along(d$mass) - 1
  total <- sum(d$mass)                       # 1 but for rounding
  c(le = sum(d$mass[at <= obs]), ge = sum(d$mass[at >= obs])) / total
}
solve_beta <- function(f, centre) {          # f is monotone; widen until it changes sign
  s <- 0.05
  while (f(centre - s) * f(centre + s) > 0) s <- 2 * s
  uniroot(f, centre + c(-s, s), tol = 1e-12, maxiter = 1000)$root
}
trend <- function(name, years, cases, hours, conf = .95) {
  t <- years - min(years)  # the slope does not depend on the origin of time
  N <- sum(cases); obs <- sum(t * cases); alpha <- 1 - conf
  # glm(cases ~ years). glm keeps the weights of its last but one iteration
  # (1e-7 off in the Wald and score p at its default tolerance), so each fit is
  # restarted once from its own coefficients. Warnings of fitted zeros are
  # expected where the slope is not finite.
  poisson_fit <- function(formula) suppressWarnings({
    once <- function(start) glm(formula, family = poisson, offset = log(hours), start = start,
                                control = glm.control(epsilon = 1e-14, maxit = 200))
    once(coef(once(NULL)))
  })
  null <- poisson_fit(cases ~ 1); fit <- poisson_fit(cases ~ t)
  # a statistic of exactly zero can come out as -1e-30, for which R gives NaN
  p_of <- function(test, column) {
    table <- anova(null, fit, test = test)
    if (abs(table[2, column]) < 1e-12) 1 else table[2, "Pr(>Chi)"]
  }
  lrt <- p_of("LRT", "Deviance"); rao <- p_of("Rao", "Rao")
  least <- obs == 0; largest <- obs == N * max(t)
  beta <- wald <- NA_real_
  if (!least && !largest) {
    beta <- zap(unname(coef(fit)["t"]))
    wald <- summary(fit)$coefficients["t", "Pr(>|z|)"]
  }
  centre <- if (is.na(beta)) 0 else beta
  p <- min(1, 2 * min(tails(t, hours, N, obs, 0)))
  low <- if (least) NA_real_ else
    solve_beta(function(b) tails(t, hours, N, obs, b)[["ge"]] - alpha / 2, centre)
  high <- if (largest) NA_real_ else
    solve_beta(function(b) tails(t, hours, N, obs, b)[["le"]] - alpha / 2, centre)
  row(name = name, years = join(years), cases = join(cases), hours = join(hours),
      confidence = int(conf), beta = num(beta), annual_change = num(expm1(beta)),
      wald_p = num(wald), lrt_p = num(lrt), score_p = num(rao), exact_p = num(p),
      exact_low = num(expm1(low)), exact_high = num(expm1(high)),
      source = paste(version, "glm + anova.glm + direct convolution + uniroot"))
}
y5 <- 2019:2023
same <- function(h, n = 5) rep(h, n)
uneven <- c(500000, 750000, 1000000, 1250000, 1500000)
falling <- c(1600000, 1450000, 1200000, 700000, 350000)
odd <- c(412345, 398761, 455012, 501239, 476543)
gap <- c(2018, 2019, 2021, 2022)
big <- c(8518, 9098, 9306, 9619, 8270)
big_hours <- c(415737104, 447908244, 480724738, 537943089, 499132590)
save_rows(list(
  trend("slow_fall", y5, c(30, 27, 25, 24, 20), same(1e6)),
  trend("slow_fall_90", y5, c(30, 27, 25, 24, 20), same(1e6), .90),
  trend("slow_fall_99", y5, c(30, 27, 25, 24, 20), same(1e6), .99),
  trend("few_cases", y5, c(4, 3, 3, 2, 2), same(200000)),
  trend("few_cases_90", y5, c(4, 3, 3, 2, 2), same(200000), .90),
  trend("wandering", y5, c(20, 8, 14, 18, 19), same(800000)),
  trend("three_in_first", y5, c(3, 0, 0, 0, 0), same(200000)),
  trend("three_in_first_90", y5, c(3, 0, 0, 0, 0), same(200000), .90),
  trend("one_in_first", y5, c(1, 0, 0, 0, 0), same(200000)),
  trend("two_in_last", y5, c(0, 0, 0, 0, 2), same(200000)),
  trend("one_in_middle", y5, c(0, 0, 1, 0, 0), same(200000)),
  trend("one_in_second", y5, c(0, 1, 0, 0, 0), same(200000)),
  trend("flat_counts", y5, c(6, 6, 6, 6, 6), same(1e6)),
  trend("steep_fall", y5, c(40, 22, 11, 6, 2), same(1e6)),
  trend("steep_rise", y5, c(1, 4, 9, 15, 31), same(1e6)),
  trend("rising_hours", y5, c(9, 11, 12, 13, 10), uneven),
  trend("rising_hours_90", y5, c(9, 11, 12, 13, 10), uneven, .90),
  trend("falling_hours", y5, c(21, 17, 19, 12, 8), falling),
  trend("odd_hours", y5, c(5, 7, 2, 4, 1), odd),
  trend("odd_hours_first_only", y5, c(4, 0, 0, 0, 0), odd),
  trend("odd_hours_last_only", y5, c(0, 0, 0, 0, 3), falling),
  trend("gap_equal_hours", gap, c(14, 12, 9, 5), same(600000, 4)),
  trend("gap_uneven_hours", gap, c(3, 6, 4, 8), c(310000, 420000, 390000, 505000)),
  trend("gap_wide_90", c(2010, 2015, 2016, 2023), c(18, 15, 9, 7), c(9e5, 1e6, 8e5, 1.1e6), .90),
  trend("three_years", 2021:2023, c(12, 9, 4), same(500000, 3)),
  trend("three_years_uneven", 2021:2023, c(2, 0, 5), c(250000, 300000, 410000)),
  trend("ten_years", 2014:2023, c(31, 28, 33, 25, 27, 22, 18, 24, 19, 17), same(1500000, 10)),
  trend("ten_years_uneven_90", 2014:2023, c(5, 3, 6, 2, 4, 4, 1, 3, 0, 2),
        c(410000, 420000, 445000, 450000, 470000, 465000, 380000, 430000, 455000, 480000), .90),
  trend("large_counts", 2020:2024, big, big_hours)
), "r_trends.csv")

# --- d. Kendall's S of the series against time ------------------------------
# Exact: S over all n! orders of the series, ties kept as they are.
permutations <- function(n) {
  if (n == 1) return(matrix(1L))
  p <- permutations(n - 1)
  do.call(rbind, lapply(seq_len(n), function(k) cbind(k, p + (p >= k))))
}
kendall_s <- function(x) {
  d <- sign(outer(x, x, function(a, b) b - a))  # [i, j] = sign(x[j] - x[i])
  sum(d[upper.tri(d)])
}
kendall <- function(x) {
  s <- kendall_s(x)
  all_s <- apply(permutations(length(x)), 1, function(o) kendall_s(x[o]))
  le <- mean(all_s <= s); ge <- mean(all_s >= s)
  p <- min(1, 2 * min(le, ge))
  if (!anyDuplicated(x)) {  # without ties R's own exact test must agree
    own <- cor.test(seq_along(x), x, method = "kendall", exact = TRUE)$p.value
    stopifnot(isTRUE(all.equal(p, own)))
  }
  row(rates = join(x), S = int(s), p_two_sided = num(p), p_one_sided_decrease = num(le),
      source = paste(version, "full enumeration of permutations"))
}
save_rows(lapply(list(
  c(3, 2, 1), c(1, 2, 3), c(2, 3, 1), c(2, 2, 1), c(1, 1, 1), c(0, 1.5, 0),
  c(4, 3, 2, 1), c(1.2, 1.9, 1.4, 2.5), c(3, 3, 2, 2), c(0, 0, 0, 0), c(2.5, 0, 0, 0), c(5, 2, 4, 2),
  c(6, 5.4, 5, 4.8, 4), c(1, 2, 3, 4, 5), c(5, 2, 3.5, 4.5, 4.75), c(4, 3, 3, 2, 2), c(3, 0, 0, 0, 0),
  c(0, 0, 1, 0, 0), c(1.5, 1.5, 1.5, 1.5, 1.5),
  c(6, 5, 4, 3, 2, 1), c(2.1, 3.4, 1.8, 2.9, 1.1, 0.7), c(3, 3, 2, 2, 1, 1), c(0, 2, 0, 2, 0, 5),
  c(1, 1, 1, 1, 1, 1)), kendall), "r_kendall.csv")
