//! The histogram of latencies: fine enough for a percentile, and the same size for any run.

/// Bins: 64 an octave from 2⁻⁴ ms.
pub(super) const BINS: usize = 2048;
const SHIFT: u32 = 17;
const BASE: u32 = (127 - 4) << (23 - SHIFT);

/// Adds to the histogram; an eighth of the requests is plenty for a percentile.
#[inline(always)]
pub(super) fn count(ms: &[f32], bins: &mut [u32]) {
    for ms in ms {
        let bin = (ms.to_bits() >> SHIFT).saturating_sub(BASE).min(BINS as u32 - 1);
        bins[bin as usize] += 1;
    }
}

/// Value below which a share of what was counted lies, ms, within half a per cent; `None` where nothing was counted.
pub(super) fn quantile(bins: &[u64], share: f64) -> Option<f64> {
    let total: u64 = bins.iter().sum();
    let target = share * total as f64;
    let mut below = 0.0;
    for (bin, count) in bins.iter().enumerate() {
        let next = below + *count as f64;
        if *count > 0 && next >= target {
            let edge = |bin: usize| f64::from(f32::from_bits((bin as u32 + BASE) << SHIFT));
            let within = (target - below) / *count as f64;
            return Some(edge(bin) + within * (edge(bin + 1) - edge(bin)));
        }
        below = next;
    }
    None
}
