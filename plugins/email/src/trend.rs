//! A small picture of how often it happened, hour by hour of the last day, which travels within the mail.

use errand_plugin_sdk::issues::{self, Filter};
use errand_plugin_sdk::mail::Image;
use errand_plugin_sdk::{Issue, now};

const HOURS: usize = 24;
const HOUR_MS: u64 = 3_600_000;
/// An issue that is younger has no trend.
const LEAST_AGE_MS: u64 = 2 * HOUR_MS;

/// Twice as many pixels as are shown, for screens that have them.
const WIDTH: usize = 48 * HOURS;
const HEIGHT: usize = 128;
const BAR: usize = 36;
const STEP: usize = WIDTH / HOURS;

/// Ground, bars and line: the ground is clear, the others show on light and dark.
const PALETTE: [u8; 9] = [255, 255, 255, 97, 114, 243, 152, 162, 179];
const ALPHA: [u8; 3] = [0, 255, 255];

/// The picture, and what it shows in words.
pub(crate) struct Trend {
    pub(crate) image: Image,
    most: u64,
}

impl Trend {
    /// Of an issue; none where there is nothing to see, or the hub cannot say: a mail goes without.
    pub(crate) fn of(issue: &Issue) -> Option<Self> {
        let now = now();
        if now.saturating_sub(issue.first_seen) < LEAST_AGE_MS {
            return None;
        }
        let since = |hours: usize| now.saturating_sub(hours as u64 * HOUR_MS);
        let filter = Filter {
            issue: Some(issue.id.clone()),
            project: None,
            tags: Vec::new(),
        };
        let mut totals = Vec::with_capacity(HOURS + 1);
        for hours in (1..=HOURS).rev() {
            totals.push(issues::count(&filter, since(hours)).ok()?.events);
        }
        totals.push(0);
        let bars: Vec<u64> = totals
            .windows(2)
            .map(|pair| pair[0].saturating_sub(pair[1]))
            .collect();
        let most = *bars.iter().max()?;
        let image = Image {
            id: "trend".to_owned(),
            content_type: "image/png".to_owned(),
            body: picture(&bars)?,
        };
        (most > 0).then_some(Trend { image, most })
    }

    /// Where it stands in the mail.
    pub(crate) fn html(&self) -> String {
        format!(
            "<p class=\"soft\" style=\"margin:16px 0 0;font-size:12px;color:#667085\">\
             <img src=\"cid:trend\" width=\"592\" alt=\"Events an hour, of the last 24 hours: at most {0}\" \
             style=\"display:block;width:100%;max-width:592px;height:auto;border:0\">\
             Events an hour, of the last 24 hours: at most {0}</p>",
            self.most
        )
    }
}

/// Bars over a line, as PNG.
fn picture(bars: &[u64]) -> Option<Vec<u8>> {
    let most = (*bars.iter().max()?).max(1);
    let mut pixels = vec![0_u8; WIDTH * HEIGHT];
    let room = (HEIGHT - 2) as u64;
    for (at, count) in bars.iter().enumerate() {
        // What happened at all shows.
        let height = (count * room / most).max(u64::from(*count > 0) * 4) as usize;
        for y in HEIGHT - 2 - height.min(HEIGHT - 2)..HEIGHT - 2 {
            let left = y * WIDTH + at * STEP + (STEP - BAR) / 2;
            pixels[left..left + BAR].fill(1);
        }
    }
    pixels[(HEIGHT - 2) * WIDTH..].fill(2);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(PALETTE.as_slice());
    encoder.set_trns(ALPHA.as_slice());
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(bars: &[u64]) -> Vec<u8> {
        let png = picture(bars).expect("a picture");
        assert!(png.len() < 16 << 10, "{} bytes", png.len());
        let mut reader = png::Decoder::new(std::io::Cursor::new(png))
            .read_info()
            .expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("pixels");
        pixels
    }

    #[test]
    fn the_busiest_hour_fills_the_picture_and_a_quiet_one_still_shows() {
        let mut bars = [0; HOURS];
        bars[3] = u64::from(u32::MAX);
        bars[5] = 1;
        let pixels = pixels(&bars);
        let is_bar = |x: usize, y: usize| pixels[y * WIDTH + x] == 1;
        let middle = |hour: usize| hour * STEP + STEP / 2;
        assert!(is_bar(middle(3), 0));
        assert!(is_bar(middle(5), HEIGHT - 4) && !is_bar(middle(5), HEIGHT / 2));
        assert!(!is_bar(middle(4), HEIGHT - 4));
    }
}
