//! Card numbers, account numbers and US social security numbers. Most long numbers are none of them: issuer, form
//! and checksum decide.

use super::Found;

/// Digits of the shortest and longest card number.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// Finds the numbers in `text`.
pub(super) fn find(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(u8::is_ascii_digit))
    {
        let start = at + start;
        let end = end_of_number(bytes, start);
        let is_bounded = !is_word(before(bytes, start)) && !is_word(bytes.get(end).copied());
        if is_bounded {
            group(bytes, start, end, found);
        }
        account(bytes, start, found);
        at = end;
    }
}

fn before(bytes: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).and_then(|at| bytes.get(at)).copied()
}

fn is_word(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
}

/// Where digits end that stand alone or with single spaces or hyphens between them.
fn end_of_number(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii_digit() {
            end = at + 1;
        } else if !matches!(byte, b' ' | b'-') || end != at {
            break;
        }
        at += 1;
    }
    end
}

/// Judges a run of digits as a whole, and where several numbers stand side by side, each by itself.
fn group(bytes: &[u8], start: usize, end: usize, found: &mut Found) {
    let Some(run) = bytes.get(start..end) else {
        return;
    };
    if is_card(run) || is_social_security(run) {
        found.push(start..end);
        return;
    }
    let mut at = start;
    for part in run.split(|byte| *byte == b' ') {
        if part.len() < run.len() && (is_card(part) || is_social_security(part)) {
            found.push(at..at + part.len());
        }
        at += part.len() + 1;
    }
}

/// A known issuer's prefix and length, and Luhn's checksum.
pub(super) fn is_card(run: &[u8]) -> bool {
    let digits = || {
        run.iter()
            .filter(|byte| byte.is_ascii_digit())
            .map(|byte| u32::from(byte - b'0'))
    };
    let length = digits().count();
    if !CARD_DIGITS.contains(&length) {
        return false;
    }
    let prefix = |count: usize| digits().take(count).fold(0, |sum, digit| sum * 10 + digit);
    let is_issued = match length {
        13 | 19 => prefix(1) == 4,
        14 => matches!(prefix(2), 36 | 38 | 39) || matches!(prefix(3), 300..=305),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            prefix(1) == 4
                || matches!(prefix(2), 51..=55 | 62 | 65)
                || matches!(prefix(3), 644..=649)
                || matches!(prefix(4), 2_221..=2_720 | 3_528..=3_589 | 6_011)
        }
        _ => false,
    };
    let weighted = digits()
        .enumerate()
        .map(|(at, digit)| match ((length - at) % 2, digit * 2) {
            (0, double @ 10..) => double - 9,
            (0, double) => double,
            _ => digit,
        });
    is_issued && weighted.sum::<u32>() % 10 == 0
}

/// `123-45-6789`, if such a number can have been given out.
pub(super) fn is_social_security(run: &[u8]) -> bool {
    let mut parts = run.split(|byte| *byte == b'-');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(area @ [first, _, _]), Some(group @ [_, _]), Some(serial @ [_, _, _, _]), None) => {
            *first != b'9'
                && !matches!(area, b"000" | b"666")
                && group != b"00"
                && serial != b"0000"
                && !run.contains(&b' ')
        }
        _ => false,
    }
}

/// An international bank account number, whose two letters stand before the digits at `digit` (ISO 13616).
fn account(bytes: &[u8], digit: usize, found: &mut Found) {
    let Some(start) = digit.checked_sub(2) else {
        return;
    };
    let starts_well = bytes.get(start..digit + 2).is_some_and(|head| match head {
        [a, b, c, d] => {
            a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit()
        }
        _ => false,
    });
    if !starts_well || is_word(before(bytes, start)) {
        return;
    }
    // Written in one piece, or in groups of four.
    let mut letters = Vec::with_capacity(34);
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            byte if byte.is_ascii_uppercase() || byte.is_ascii_digit() => letters.push(*byte),
            b' ' if letters.len() % 4 == 0 => {}
            _ => break,
        }
        at += 1;
        // What follows in the text may look like a part of it, so the checksum is asked at each possible end.
        let ends = !is_word(bytes.get(at).copied());
        if ends && letters.len() >= 15 && has_remainder_one(&letters) {
            found.push(start..at);
            return;
        }
        if letters.len() == 34 {
            return;
        }
    }
}

fn has_remainder_one(letters: &[u8]) -> bool {
    let turned = letters.iter().skip(4).chain(letters.iter().take(4));
    let values = turned.filter_map(|byte| char::from(*byte).to_digit(36));
    let remainder = values.fold(0_u32, |remainder, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (remainder * shift + value) % 97
    });
    remainder == 1
}
