//! Makes a browser's picture small: 256 colours are enough for a form, and compress to a third.

use std::collections::HashMap;

use anyhow::{Context as _, Result, ensure};
use libdeflater::{CompressionLvl, Compressor, Decompressor};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const COLORS: usize = 256;

type Color = [u8; 3];

/// Rows of pixels.
struct Pixels {
    width: usize,
    height: usize,
    colors: Vec<Color>,
}

/// The same picture with a palette.
pub(crate) fn reduced(png: &[u8]) -> Result<Vec<u8>> {
    let pixels = decode(png)?;
    let palette = palette(&pixels.colors);
    let mut nearest: HashMap<Color, u8> = HashMap::new();
    let mut rows = Vec::with_capacity((pixels.width + 1) * pixels.height);
    for row in pixels.colors.chunks(pixels.width) {
        rows.push(0);
        for color in row {
            let known = nearest.entry(*color).or_insert_with(|| closest(&palette, *color));
            rows.push(*known);
        }
    }
    let size =
        [pixels.width, pixels.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX).to_be_bytes());
    let head = [&size[0][..], &size[1][..], &[8, 3, 0, 0, 0]].concat();
    let mut compressor = Compressor::new(CompressionLvl::best());
    let mut data = vec![0; compressor.zlib_compress_bound(rows.len())];
    let written = compressor.zlib_compress(&rows, &mut data)?;
    data.truncate(written);
    let mut small = SIGNATURE.to_vec();
    for (kind, body) in [
        (b"IHDR", head),
        (b"PLTE", palette.concat()),
        (b"IDAT", data),
        (b"IEND", Vec::new()),
    ] {
        let named = [&kind[..], &body].concat();
        small.extend(u32::try_from(body.len())?.to_be_bytes());
        small.extend(&named);
        small.extend(libdeflater::crc32(&named).to_be_bytes());
    }
    Ok(small)
}

/// The colours that are seen most.
fn palette(colors: &[Color]) -> Vec<Color> {
    let mut counts: HashMap<Color, usize> = HashMap::new();
    for color in colors {
        *counts.entry(*color).or_default() += 1;
    }
    let mut all: Vec<_> = counts.into_iter().collect();
    all.sort_by_key(|(color, count)| (std::cmp::Reverse(*count), *color));
    all.into_iter().take(COLORS).map(|(color, _)| color).collect()
}

fn closest(palette: &[Color], color: Color) -> u8 {
    let distance = |other: &Color| -> u32 {
        let parts = other.iter().zip(color);
        parts
            .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2))
            .sum()
    };
    let found = (0..palette.len()).min_by_key(|at| distance(&palette[*at]));
    found.and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}

fn decode(png: &[u8]) -> Result<Pixels> {
    let mut rest = png.strip_prefix(SIGNATURE).context("a PNG")?;
    let (mut head, mut data) = (Vec::new(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length))?;
        let (kind, body) = (
            after.get(..4).context("a kind")?,
            after.get(4..4 + length).context("a chunk")?,
        );
        match kind {
            b"IHDR" => head = body.to_vec(),
            b"IDAT" => data.extend(body),
            _ => {}
        }
        rest = after.get(8 + length..).unwrap_or_default();
    }
    let side = |at: usize| -> Result<usize> {
        let bytes: [u8; 4] = head.get(at..at + 4).context("a head")?.try_into()?;
        Ok(usize::try_from(u32::from_be_bytes(bytes))?)
    };
    let (width, height) = (side(0)?, side(4)?);
    let depth = match head.get(8..10).context("a head")? {
        [8, 2] => 3,
        [8, 6] => 4,
        other => anyhow::bail!("a picture of the kind {other:?}"),
    };
    let mut rows = vec![0; (width * depth + 1) * height];
    let read = Decompressor::new().zlib_decompress(&data, &mut rows)?;
    ensure!(read == rows.len(), "a whole picture");
    let mut colors = Vec::with_capacity(width * height);
    let mut above = vec![0; width * depth];
    for row in rows.chunks(width * depth + 1) {
        let (filter, row) = row.split_first().context("a row")?;
        above = unfiltered(*filter, row, &above, depth);
        colors.extend(above.chunks(depth).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
    }
    Ok(Pixels {
        width,
        height,
        colors,
    })
}

/// A row as it is, from what PNG writes of it.
fn unfiltered(filter: u8, row: &[u8], above: &[u8], depth: usize) -> Vec<u8> {
    let mut plain: Vec<u8> = Vec::with_capacity(row.len());
    for (at, byte) in row.iter().enumerate() {
        let before = |line: &[u8]| at.checked_sub(depth).map_or(0, |at| line[at]);
        let (left, up, corner) = (before(&plain), above[at], before(above));
        let guess = match filter {
            1 => left,
            2 => up,
            3 => u8::try_from(u16::midpoint(left.into(), up.into())).unwrap_or_default(),
            4 => paeth(left, up, corner),
            _ => 0,
        };
        plain.push(byte.wrapping_add(guess));
    }
    plain
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |of: u8| (guess - i16::from(of)).abs();
    match (distance(left), distance(up), distance(corner)) {
        (a, b, c) if a <= b && a <= c => left,
        (_, b, c) if b <= c => up,
        _ => corner,
    }
}
