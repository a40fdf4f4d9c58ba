//! The deadline of a call. tonic's server would enforce it only until the answers start.

use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

/// The deadline of a request, among its extensions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(pub Instant);

/// When the call's time is over; `None`: never.
pub(super) fn of(headers: &HeaderMap) -> Option<Instant> {
    allowed(headers).and_then(|time| Instant::now().checked_add(time))
}

/// The timeout in a call's headers: at most eight digits and a unit (gRPC over HTTP/2, "Timeout"). An invalid one is ignored, as
/// tonic does.
fn allowed(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 60 * 60)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn deadlines_are_read_as_the_protocol_writes_them() {
        let read = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", HeaderValue::from_static(text));
            allowed(&headers)
        };
        assert_eq!(read("3S"), Some(Duration::from_secs(3)));
        assert_eq!(read("20000000u"), Some(Duration::from_secs(20)));
        assert_eq!(read("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        for text in ["", "S", "3", "3s", "-3S", "123456789n"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(allowed(&HeaderMap::new()), None);
    }
}
