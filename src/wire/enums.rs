//! The enums that the contract and our own types have in common. A value has the same name on both sides, and here a line;
//! the compiler says when it is missing.

use super::proto;
use crate::{
    summarize::{Origin, Style},
    translate::Warning,
};

/// What the contract calls a value.
pub trait ContractName {
    /// The name without that of the enum, such as "NUMBER_MISSING".
    fn contract_name(self) -> &'static str;
}

/// From ours to the contract's, back again (nothing, for a value that is not used), and the name.
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
}

twins! {
    Origin, proto::summary_sentence::Origin, "ORIGIN_":
    Extracted,
    Written,
    Replaced,
}

twins! {
    Style, proto::SummaryStyle, "SUMMARY_STYLE_":
    Extractive,
    Abstractive,
    Headline,
}
