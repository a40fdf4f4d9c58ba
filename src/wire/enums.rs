//! The enums that exist both in the contract and in our types. A value has the same name on both sides and one line here. A
//! missing line is a compile error.

use super::proto;
use crate::{
    fidelity::Warning,
    summarize::{Origin, Style},
    text::{Format, LineBreaks},
    translate::{Matches, OnFailure, Typography},
};

/// The name of a value in the contract.
pub trait ContractName {
    /// The name without the prefix of the enum, such as "NUMBER_MISSING".
    fn contract_name(self) -> &'static str;
}

/// Converts from our enum to the contract's and back (`None` for the unspecified value), and gives the name.
macro_rules! twins {
    ($ours:ty, $contract:ty, $prefix:literal: $($value:ident,)+) => {
        impl From<$ours> for $contract {
            fn from(value: $ours) -> Self {
                match value {
                    $(<$ours>::$value => Self::$value,)+
                }
            }
        }

        impl From<$contract> for Option<$ours> {
            fn from(value: $contract) -> Self {
                match value {
                    <$contract>::Unspecified => None,
                    $(<$contract>::$value => Some(<$ours>::$value),)+
                }
            }
        }

        impl ContractName for $ours {
            fn contract_name(self) -> &'static str {
                <$contract>::from(self).as_str_name().trim_start_matches($prefix)
            }
        }
    };
}

twins! {
    Warning, proto::Warning, "WARNING_":
    Repetition,
    LengthLimit,
    Untranslated,
    NumberMissing,
    NumberAdded,
    Copied,
    WrongLanguage,
    AddressMissing,
    Shortened,
    Currency,
    Unit,
    Date,
    Time,
    Negation,
    HalfTranslated,
    UnpairedQuote,
    LowScore,
    NameLost,
    NameInconsistent,
    TermMissing,
}

twins! {
    OnFailure, proto::OnFailure, "ON_FAILURE_":
    Flag,
    Source,
    Fail,
}

twins! {
    Matches, proto::Matches, "MATCHES_":
    None,
    Exact,
    Similar,
}

twins! {
    Typography, proto::Typography, "TYPOGRAPHY_":
    Target,
    Keep,
}

twins! {
    Origin, proto::summary_sentence::Origin, "ORIGIN_":
    Extracted,
    Written,
    Replaced,
}

twins! {
    Format, proto::Format, "FORMAT_":
    Auto,
    Plain,
    Html,
    Xml,
    Markdown,
    Subtitles,
}

twins! {
    LineBreaks, proto::LineBreaks, "LINE_BREAKS_":
    Auto,
    Keep,
    Join,
}

twins! {
    Style, proto::SummaryStyle, "SUMMARY_STYLE_":
    Extractive,
    Abstractive,
    Headline,
}
