//! A trend as a line of text, and numbers as people read them.

/// From nothing to the most.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A picture of counts that shows in every chat: `▁▁▃█▂`. Nothing is the lowest step, and something never is.
pub fn sparkline(counts: &[u64]) -> String {
    let most = counts.iter().copied().max().unwrap_or_default();
    // Above the lowest, and the most at the top.
    let above = STEPS.len() as u64 - 2;
    let step = |count: u64| match (count, most) {
        (0, _) => 0,
        (_, ..=1) => above + 1,
        (count, most) => 1 + (u128::from(count - 1) * u128::from(above) / u128::from(most - 1)) as u64,
    };
    counts
        .iter()
        .map(|count| STEPS[usize::try_from(step(*count).min(above + 1)).unwrap_or_default()])
        .collect()
}

/// `1,234,567`
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
