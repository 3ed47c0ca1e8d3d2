//! The values a template can name. None of the types here shows personal data in `Debug`.

use minijinja::value::{Object, Value};
use std::fmt;
use std::sync::Arc;

/// The value of a custom field.
#[derive(Clone, PartialEq)]
pub enum FieldValue {
    /// Text; also dates, as `2026-03-01`.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// Yes or no.
    Flag(bool),
    /// Several choices.
    Many(Vec<String>),
}

impl From<FieldValue> for Value {
    fn from(value: FieldValue) -> Value {
        match value {
            FieldValue::Text(text) => Value::from(text),
            FieldValue::Integer(number) => Value::from(number),
            FieldValue::Decimal(number) => Value::from(number),
            FieldValue::Flag(flag) => Value::from(flag),
            FieldValue::Many(texts) => texts.into_iter().collect::<Value>(),
        }
    }
}

/// What is the same for every recipient of a campaign.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CampaignFacts {
    /// `organisation`: who sends.
    pub organisation: String,
    /// `postal_address`: where the sender can be reached by post.
    pub postal_address: String,
    /// `list_name`: the list, in the words shown to its members.
    pub list_name: String,
    /// `reason`: why the recipient gets this mail, as a sentence.
    pub reason: String,
    /// `campaign.subject`: the subject as its author wrote it.
    pub subject: String,
}

/// [`CampaignFacts`] made ready for rendering, once a campaign.
#[derive(Debug)]
pub struct CampaignValues {
    organisation: Value,
    postal_address: Value,
    list_name: Value,
    reason: Value,
    campaign: Value,
}

impl CampaignValues {
    /// Prepares the facts.
    pub fn new(facts: &CampaignFacts) -> Arc<Self> {
        Arc::new(Self {
            organisation: Value::from(facts.organisation.as_str()),
            postal_address: Value::from(facts.postal_address.as_str()),
            list_name: Value::from(facts.list_name.as_str()),
            reason: Value::from(facts.reason.as_str()),
            campaign: Value::from_object(Campaign { subject: Value::from(facts.subject.as_str()) }),
        })
    }
}

/// What is known of the person who gets the mail; named `subscriber.…` in templates.
#[derive(Clone, Default)]
pub struct SubscriberValues {
    /// `subscriber.email`.
    pub email: String,
    /// `subscriber.first_name`; empty if unknown.
    pub first_name: String,
    /// `subscriber.last_name`; empty if unknown.
    pub last_name: String,
    /// `subscriber.<key>`; a key that repeats a built-in name is never seen.
    pub custom: Vec<(Arc<str>, FieldValue)>,
}

impl fmt::Debug for SubscriberValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscriberValues(…)")
    }
}

/// `unsubscribe_url` and `view_url` of one message.
#[derive(Clone, Default)]
pub struct PersonalLinks {
    /// Where this person unsubscribes.
    pub unsubscribe_url: String,
    /// Where this message can be read in a browser.
    pub view_url: String,
}

impl fmt::Debug for PersonalLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalLinks(…)")
    }
}

/// All values of one message; cheap to clone, made once for subject, HTML and text together.
#[derive(Clone)]
pub struct RenderValues(pub(super) Value);

impl RenderValues {
    /// The values of one person's message.
    pub fn new(campaign: &Arc<CampaignValues>, subscriber: SubscriberValues, links: PersonalLinks) -> Self {
        let root = Root {
            campaign: Arc::clone(campaign),
            subscriber: Value::from_object(Person::from(subscriber)),
            unsubscribe_url: Value::from(links.unsubscribe_url),
            view_url: Value::from(links.view_url),
        };
        Self(Value::from_object(root))
    }
}

impl fmt::Debug for RenderValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RenderValues(…)")
    }
}

struct Root {
    campaign: Arc<CampaignValues>,
    subscriber: Value,
    unsubscribe_url: Value,
    view_url: Value,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root(…)")
    }
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "subscriber" => self.subscriber.clone(),
            "unsubscribe_url" => self.unsubscribe_url.clone(),
            "view_url" => self.view_url.clone(),
            "organisation" => self.campaign.organisation.clone(),
            "postal_address" => self.campaign.postal_address.clone(),
            "list_name" => self.campaign.list_name.clone(),
            "reason" => self.campaign.reason.clone(),
            "campaign" => self.campaign.campaign.clone(),
            _ => return None,
        })
    }
}

#[derive(Debug)]
struct Campaign {
    subject: Value,
}

impl Object for Campaign {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("subject")).then(|| self.subject.clone())
    }
}

struct Person {
    email: Value,
    first_name: Value,
    last_name: Value,
    custom: Vec<(Arc<str>, Value)>,
}

impl From<SubscriberValues> for Person {
    fn from(values: SubscriberValues) -> Self {
        Self {
            email: Value::from(values.email),
            first_name: Value::from(values.first_name),
            last_name: Value::from(values.last_name),
            custom: values.custom.into_iter().map(|(key, value)| (key, value.into())).collect(),
        }
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

impl Object for Person {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "email" => Some(self.email.clone()),
            "first_name" => Some(self.first_name.clone()),
            "last_name" => Some(self.last_name.clone()),
            _ => self.custom.iter().find(|(name, _)| **name == *key).map(|(_, value)| value.clone()),
        }
    }
}
