//! The sample organisation and the letter it has in its drafts.

/// Who writes.
pub const ORGANISATION: &str = "Larkfield Seed Library";

/// Where they can be found, for the footer that the law asks for.
pub const POSTAL: &str = "Larkfield Seed Library, 4 Orchard Lane, Larkfield LK1 0AA";

/// The domain they send from; it belongs to nobody (RFC 2606).
pub const SENDER_DOMAIN: &str = "larkfield.example";

/// The address they send from.
pub const SENDER_ADDRESS: &str = "letters@larkfield.example";

/// The list that the sample people are on.
pub const LIST: &str = "Seed letter";

/// Where and how the sample people agreed.
pub const CONSENT: &str = "Ticked \"Send me the seed letter\" on the paper form at the spring fair";

/// The draft's subject.
pub const CAMPAIGN_SUBJECT: &str = "{{ subscriber.first_name | default('Hello') }}, the autumn seed list is here";

/// What mail programs show beside the subject.
pub const CAMPAIGN_PREHEADER: &str = "Forty kinds to borrow, three to rescue, and one swap day.";

/// The draft's body in Markdown, to be put inside a template that brings the legal footer.
pub const CAMPAIGN_MARKDOWN: &str = r"# The autumn list is here

Dear {{ subscriber.first_name | default('reader') }},

The drying racks are full and the envelopes are labelled: from Monday you can
borrow from **forty kinds** of seed. As ever, you sow them, you enjoy them,
and you bring back a spoonful of what they grew.

## Three that need rescuing

Only one gardener grew each of these last year. Two would be safer.

- **Widow Merrin's climbing bean**: purple pods, patient with shade.
- **Wexbridge long leek**: stood through the whole of last winter's frost.
- **Port Almond calendula**: orange as a lifebuoy, and the bees know it.

[Put your name down for one](https://larkfield.example/autumn?ref=letter)

## Swap day

Saturday 10 October, ten until three, in the old reading room. Bring seeds in
paper, never plastic; bring a cake if you are that sort of person.
[How to find us](https://larkfield.example/visit)

With muddy hands,
*the librarians at Larkfield*
";
