//! What mail needs: sender, relays, domains.

use super::Finding;
use waxwing_app::{App, domains, relays, settings};

/// Looks at them; asks relays and the domain name system.
pub async fn look(app: &App) -> anyhow::Result<Vec<Finding>> {
    let mut findings = vec![sender(app).await?];
    findings.extend(relays(app).await?);
    findings.extend(domains(app).await?);
    Ok(findings)
}

async fn sender(app: &App) -> anyhow::Result<Finding> {
    let mut tx = app.read(&app.host(), "doctor.sender").await?;
    let workspace = settings::load(&mut tx).await?;
    Ok(match (workspace.names_the_sender(), workspace.system_from.is_some()) {
        (false, _) => Finding::attention(
            "sender",
            "organisation and postal address are missing, and no campaign leaves without them: Settings",
        ),
        (true, false) => Finding::attention("sender", "no address for system mail (confirmations, resets): Settings"),
        (true, true) => Finding::good("sender", "organisation, postal address and system sender are set"),
    })
}

async fn relays(app: &App) -> anyhow::Result<Vec<Finding>> {
    let ctx = app.host().with_purpose("waxwing doctor");
    let mut tx = app.read(&ctx, "doctor.relays").await?;
    let all = relays::all(&mut tx, &ctx).await?;
    drop(tx);
    let mut findings = Vec::new();
    for relay in all.iter().filter(|relay| relay.enabled) {
        findings.push(match relays::test(app, &ctx, relay.id).await? {
            Ok(()) => Finding::good("relay", format!("{} answers", relay.name)),
            Err(trouble) => Finding::wrong("relay", format!("{}: {trouble}", relay.name)),
        });
    }
    if findings.is_empty() {
        findings.push(Finding::attention("relay", "there is none, so no mail can leave: `waxwing relay add`"));
    }
    Ok(findings)
}

async fn domains(app: &App) -> anyhow::Result<Vec<Finding>> {
    let ctx = app.host().with_purpose("waxwing doctor");
    let mut tx = app.read(&ctx, "doctor.domains").await?;
    let all = domains::all(&mut tx, &ctx).await?;
    drop(tx);
    let mut findings = Vec::new();
    for domain in &all {
        let checked = domains::check(app, &ctx, domain.id).await?;
        let ways: Vec<&str> = checked.findings.iter().filter(|f| f.is_in_the_way()).map(|f| f.text.as_str()).collect();
        findings.push(match checked.may_send {
            true => Finding::good("domain", format!("{} aligns", domain.name)),
            false => Finding::attention(
                "domain",
                format!("{} may not send in bulk except through this machine: {}", domain.name, ways.join(" ")),
            ),
        });
    }
    if findings.is_empty() {
        findings.push(Finding::attention("domain", "there is none to send from: `waxwing domain add`"));
    }
    Ok(findings)
}
