/// Hides in a text for the log what could be a phone number, an e-mail address, or a secret: seven digits and more, what
/// has an `@`, and long words that are no ids. Ids have 32 letters.
pub fn mask(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "@._-+/=:".contains(c);
    let mut masked = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().take(8000).chain(std::iter::once(' ')) {
        if is_part(c) {
            word.push(c);
            continue;
        }
        masked.push_str(mask_word(&word));
        word.clear();
        masked.push(c);
    }
    masked.pop();
    masked
}

fn mask_word(word: &str) -> &str {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    // Of `to=+15551234567` the number; of a host with a port, the port.
    let value = word.rsplit(['=', ':']).next().unwrap_or(word);
    // Somebody's, or one with a password.
    if word.contains('@') {
        "[address]"
    } else if digits(value) >= 7 && !value.contains(char::is_alphabetic) {
        "[number]"
    } else if word.len() > 36 && digits(word) > 0 && !word.contains(['/', ':']) {
        "[secret]"
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn what_is_private_is_masked_and_the_rest_stays() {
        assert_eq!(mask("call +15551234567 or 555-123-4567 now"), "call [number] or [number] now");
        assert_eq!(mask("to \"john@example.com\""), "to \"[address]\"");
        assert_eq!(mask("postgres://me:hunter2@db/x failed"), "[address] failed");
        assert_eq!(mask("pl_3FxK9q2wAbCdEfGhIjKlMnOpQrStUvWxYz0123456789 x"), "[secret] x");
        assert_eq!(mask("To=+15551234567 phone:5551234567"), "[number] [number]");
        assert_eq!(mask("10.0.0.12:5432 refused"), "10.0.0.12:5432 refused");
        let plain = "lead 0199b5a2c3d47e5f8a9b0c1d2e3f4a5b at crates/leads/src/intake.rs:120 failed 3 times";
        assert_eq!(mask(plain), plain);
    }
}
