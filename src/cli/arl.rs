//! `paretoscope arl`: the average run length of one chart.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Failure, Format, pretty, threads};
use crate::jobs;
use crate::run_length::{self, Chart, Game, Law, RunLengthError, SequentialTest, Simulated, Start};

/// Most observations that are simulated, over all runs.
const MOST_OBSERVATIONS: f64 = 4e8;
/// Fewer runs than this say nothing beside an exact value.
const FEWEST_RUNS: u32 = 20;

#[derive(Debug, Args)]
pub(super) struct Arl {
    /// Kind of chart.
    #[arg(long, value_enum, default_value_t = Detector::Cusum)]
    detector: Detector,
    /// What an observation is.
    #[arg(long, value_enum, default_value_t = Distribution::Normal)]
    distribution: Distribution,
    /// Reference value of a CUSUM. For counts you can leave it out and give --p0 and --p1, or --lambda0 and --lambda1: the chart is
    /// then a CUSUM of log-likelihood ratios, with h in nats.
    #[arg(long, allow_negative_numbers = true)]
    k: Option<f64>,
    /// Threshold: of the sum (CUSUM), of an observation (Shewhart), of R (Shiryaev-Roberts); for an EWMA the width of the limits in
    /// standard deviations.
    #[arg(long, allow_negative_numbers = true, aliases = ["threshold", "width", "limit"], required_unless_present = "alpha")]
    h: Option<f64>,
    /// Alarm on high values only (one) or on low values, too (two). Default: one; an EWMA always has two sides.
    #[arg(long, value_enum)]
    sided: Option<Sided>,
    /// Where the observations stand after the change: a normal mean in standard deviations, a probability, or a Poisson mean
    /// (default: no change).
    #[arg(long, allow_negative_numbers = true)]
    shift: Option<f64>,
    /// Failure probability before a change.
    #[arg(long)]
    p0: Option<f64>,
    /// Failure probability that the chart is built for.
    #[arg(long)]
    p1: Option<f64>,
    /// Poisson mean before a change.
    #[arg(long)]
    lambda0: Option<f64>,
    /// Poisson mean that the chart is built for.
    #[arg(long)]
    lambda1: Option<f64>,
    /// Number of trials in one observation, for a Shewhart chart of a failure count.
    #[arg(long, default_value_t = 1)]
    n: u64,
    /// EWMA: weight of the newest observation.
    #[arg(long, alias = "lambda", default_value_t = 0.1)]
    weight: f64,
    /// EWMA: limits from the asymptotic standard deviation (fixed), or from that of each observation (time-varying).
    #[arg(long, value_enum, default_value_t = Limits::Fixed)]
    limits: Limits,
    /// Shiryaev-Roberts: shift that the chart is built for.
    #[arg(long, default_value_t = 1.0)]
    theta: f64,
    /// Sequential test: chance of rejecting p0 when it holds.
    #[arg(long)]
    alpha: Option<f64>,
    /// Sequential test: chance of keeping p0 when p1 holds.
    #[arg(long, default_value_t = 0.05)]
    beta: f64,
    /// CUSUM: start from this sum.
    #[arg(long, default_value_t = 0.0, conflicts_with_all = ["change_at", "steady_state"])]
    head_start: f64,
    /// The change comes at this observation, given no alarm before.
    #[arg(long, conflicts_with = "steady_state")]
    change_at: Option<u32>,
    /// The change comes long after the start, given no alarm before.
    #[arg(long)]
    steady_state: bool,
    /// Number of simulated runs (fewer where runs are very long).
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    runs: u32,
    /// Seed of the simulation.
    #[arg(long, default_value_t = 1, value_parser = super::seed, allow_negative_numbers = true)]
    seed: u64,
    /// Number of threads (0: one for each processor). The output does not depend on it.
    #[arg(long, default_value_t = 0, value_parser = threads)]
    threads: usize,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Detector {
    Shewhart,
    Cusum,
    Ewma,
    ShiryaevRoberts,
    Sprt,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Distribution {
    Normal,
    Bernoulli,
    Poisson,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Sided {
    One,
    Two,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Limits {
    Fixed,
    TimeVarying,
}

fn missing(what: &str) -> Failure {
    Failure::Input(format!("{what} must be given"))
}

impl From<RunLengthError> for Failure {
    fn from(error: RunLengthError) -> Self {
        Self::Input(error.to_string())
    }
}

impl Arl {
    /// The observations before and after the change.
    fn laws(&self) -> Result<[Law; 2], Failure> {
        let shift = |reference: Option<f64>, name: &str| self.shift.or(reference).ok_or_else(|| missing(name));
        Ok(match self.distribution {
            Distribution::Normal => [Law::Normal { mean: 0.0 }, Law::Normal { mean: self.shift.unwrap_or(0.0) }],
            Distribution::Bernoulli => {
                let p = shift(self.p0, "--shift or --p0")?;
                let before = self.p0.unwrap_or(p);
                let law = |p| if self.n > 1 { Law::Binomial { n: self.n, p } } else { Law::Bernoulli { p } };
                [law(before), law(p)]
            }
            Distribution::Poisson => {
                let mean = shift(self.lambda0, "--shift or --lambda0")?;
                [Law::Poisson { mean: self.lambda0.unwrap_or(mean) }, Law::Poisson { mean }]
            }
        })
    }

    /// Scale and reference value of a CUSUM: as given, or those of the likelihood ratio.
    fn reference(&self) -> Result<(f64, f64), Failure> {
        if let Some(k) = self.k {
            return Ok((1.0, k));
        }
        let pair = |low: Option<f64>, high: Option<f64>, names: &str| {
            let (low, high) = low.zip(high).ok_or_else(|| missing(names))?;
            if low > 0.0 && high > low {
                Ok((low, high))
            } else {
                Err(Failure::Input(format!("{names} must rise from above 0")))
            }
        };
        match self.distribution {
            Distribution::Normal => Err(missing("--k")),
            Distribution::Bernoulli => {
                let (p0, p1) = pair(self.p0, self.p1, "--k, or --p0 and --p1")?;
                if p1 >= 1.0 {
                    return Err(Failure::Input("--p1 must lie below 1".to_owned()));
                }
                Ok(run_length::likelihood_ratio(p0, p1))
            }
            Distribution::Poisson => {
                let (low, high) = pair(self.lambda0, self.lambda1, "--k, or --lambda0 and --lambda1")?;
                Ok(((high / low).ln(), high - low))
            }
        }
    }

    fn chart(&self) -> Result<Chart, Failure> {
        let two_sided = self.sided == Some(Sided::Two);
        let h = self.h.ok_or_else(|| missing("--h"))?;
        Ok(match self.detector {
            Detector::Shewhart => Chart::Shewhart { limit: h, two_sided },
            Detector::Cusum => {
                let (scale, k) = self.reference()?;
                Chart::Cusum { scale, k, h, two_sided }
            }
            Detector::Ewma if self.sided == Some(Sided::One) => {
                return Err(Failure::Input("the EWMA chart has two sides: --sided two".to_owned()));
            }
            Detector::Ewma => {
                Chart::Ewma { weight: self.weight, width: h, time_varying: self.limits == Limits::TimeVarying }
            }
            Detector::ShiryaevRoberts => Chart::ShiryaevRoberts { theta: self.theta, threshold: h },
            Detector::Sprt => return Err(missing("--alpha")),
        })
    }

    fn sequential_test(&self) -> Result<(SequentialTest, Option<Simulated>), Failure> {
        let p0 = self.p0.ok_or_else(|| missing("--p0"))?;
        let p1 = self.p1.ok_or_else(|| missing("--p1"))?;
        let alpha = self.alpha.ok_or_else(|| missing("--alpha"))?;
        let p = self.shift.unwrap_or(p0);
        let test = SequentialTest::bernoulli(p0, p1, alpha, self.beta, p)?;
        let game = Game::SequentialTest { rates: [p0, p1], errors: [alpha, self.beta], p };
        Ok((test, self.play(&game, Some(test.observations))?))
    }

    /// Simulates. Where runs are long it plays fewer of them, and none if not even a few are possible and the exact length is known.
    fn play(&self, game: &Game, length: Option<f64>) -> Result<Option<Simulated>, Failure> {
        let runs = length.map_or(self.runs, |length| self.runs.min((MOST_OBSERVATIONS / length) as u32));
        if runs < FEWEST_RUNS.min(self.runs) {
            return Ok(None);
        }
        match jobs::play(game, runs, self.seed) {
            Err(RunLengthError::TooRare) if length.is_some() => Ok(None),
            played => Ok(Some(played?)),
        }
    }
}

fn cell(number: Option<f64>) -> String {
    number.map(|x| x.to_string()).unwrap_or_default()
}

/// Runs the command.
pub(super) fn run(arl: &Arl) -> Result<String, Failure> {
    let pool = jobs::pool(arl.threads)?;
    let name = arl.detector.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default();
    let (exact, simulated, test) = if arl.detector == Detector::Sprt {
        let (test, simulated) = pool.install(|| arl.sequential_test())?;
        (Some(test.observations), simulated, Some((test.rejects, simulated.map(|s| s.ended_above))))
    } else {
        let chart = arl.chart()?;
        let [before, law] = arl.laws()?;
        let start = match arl.change_at {
            Some(change) => Start::Observation(change),
            None if arl.steady_state => Start::SteadyState,
            None => Start::At(arl.head_start),
        };
        let exact = match run_length::exact(&chart, &law, &before, start) {
            Ok(exact) => Some(exact),
            Err(RunLengthError::NotCovered(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let simulated = pool.install(|| arl.play(&Game::Chart { chart, law, before, start }, exact))?;
        (exact, simulated, None)
    };
    let interval = simulated.map(|s| s.interval());
    Ok(match arl.format {
        Format::Json => pretty(&json!({
            "detector": name,
            "arl_exact": exact,
            "arl_simulated": simulated.map(|s| s.arl),
            "interval": interval,
            "standard_error": simulated.map(|s| s.standard_error),
            "runs": simulated.map_or(0, |s| s.runs),
            "rejects_exact": test.map(|t| t.0),
            "rejects_simulated": test.map(|t| t.1),
        }))?,
        Format::Csv => format!(
            "detector,arl_exact,arl_simulated,low,high,standard_error,runs\n{name},{},{},{},{},{},{}\n",
            cell(exact),
            cell(simulated.map(|s| s.arl)),
            cell(interval.map(|i| i[0])),
            cell(interval.map(|i| i[1])),
            cell(simulated.map(|s| s.standard_error)),
            simulated.map_or(0, |s| s.runs)
        ),
        Format::Text => {
            let exact =
                exact.map_or_else(|| "no exact method covers this chart".to_owned(), |x| format!("{x:.4} exactly"));
            let decides = test.map_or_else(String::new, |(exact, simulated)| {
                let simulated = simulated.map_or_else(String::new, |share| format!(" ({share:.4} simulated)"));
                format!("\nRejects p0 with probability {exact:.4}{simulated}.")
            });
            let simulated = simulated.map_or_else(
                || "not simulated, as alarms are so rare".to_owned(),
                |s| {
                    let [low, high] = s.interval();
                    format!("{:.4} simulated, 95 % interval {low:.4} to {high:.4}, {} runs", s.arl, s.runs)
                },
            );
            format!("Average observations until the alarm ({name}): {exact}; {simulated}.{decides}\n")
        }
    })
}
