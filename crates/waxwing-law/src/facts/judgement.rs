//! Answers and judgements: what people have stated and signed.

use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// A question's answer while facts are being gathered.
    #[derive(Default)]
    pub enum Answer {
        /// Nobody knows yet.
        #[default]
        Unknown = "unknown", "not known yet";
        /// Yes.
        Yes = "yes", "yes";
        /// No.
        No = "no", "no";
    }
}

words! {
    /// The risk to the rights and freedoms of people (GDPR Art. 33(1), 34(1)).
    pub enum Risk {
        /// Unlikely to result in a risk: no notification.
        Unlikely = "unlikely", "a risk is unlikely";
        /// A risk: the authority hears of it.
        Risk = "risk", "a risk is likely";
        /// A high risk: the people hear of it too.
        High = "high", "a high risk is likely";
    }
}

/// Judgements that law leaves to people. Each is absent until somebody has signed it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Judgements {
    /// The risk to people (GDPR Art. 33, 34; the UK GDPR reads the same).
    pub risk: Option<Risk>,
    /// A real risk of significant harm (PIPEDA, section 10.1(1), (7), (8)).
    pub significant_harm: Answer,
    /// A reasonable person would conclude that serious harm is likely (Privacy Act 1988, section 26WE).
    pub serious_harm: Answer,
    /// Remedial action was taken before serious harm (Privacy Act 1988, section 26WF).
    pub harm_prevented: Answer,
    /// A relevant risk or damage (LGPD, Art. 48).
    pub relevant_risk: Answer,
    /// A significant incident (NIS2, Art. 23(3)).
    pub significant_incident: Answer,
}
