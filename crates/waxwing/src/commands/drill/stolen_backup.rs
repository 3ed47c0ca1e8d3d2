//! A backup is taken from the shelf: the data, without the keys.

use super::scene::Scene;
use super::timeline::Side;
use anyhow::ensure;
use waxwing_store::archive::write_data;

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    scene.numbered().await?;
    let place = tempfile::tempdir()?;
    let file = place.path().join("stolen.data");
    write_data(scene.app.store(), &file, &mut |_, _| ()).await?;
    let database = scene.app.config().data.join("waxwing.db");
    scene.timeline.tell(Side::Attacker, "has last night's backup and the database file itself, and no keys");

    scene.timeline.signal("keeps its keys elsewhere; somebody finds the shelf empty");
    let mut looked = 0;
    for stolen in [file, database] {
        let bytes = std::fs::read(&stolen)?;
        looked += bytes.len();
        let readable = scene.people.iter().find(|address| memchr::memmem::find(&bytes, address.as_bytes()).is_some());
        ensure!(readable.is_none(), "an address stands readable in {}", stolen.display());
    }
    scene.timeline.tell(Side::Attacker, format!("finds none of {} addresses in {looked} bytes", scene.people.len()));

    let (confirmed, sealed) = (scene.numbers("copy", "confirmed").await?, scene.numbers("copy", "sealed").await?);
    ensure!(confirmed.is_empty() && sealed.len() == scene.people.len(), "{} sealed people", sealed.len());
    scene.timeline.tell(
        Side::Waxwing,
        format!("names {} people whose data the thief holds sealed, and nobody whose data can be read", sealed.len()),
    );
    let with_keys = scene.numbers("copy:keys", "possible").await?;
    ensure!(with_keys.len() == scene.people.len(), "with the keys {} people could be read", with_keys.len());
    scene.timeline.tell(Side::Waxwing, "says what changes if the keys were taken too: everybody");
    scene.timeline.figure("people_sealed", sealed.len());
    scene.timeline.figure("people_named", confirmed.len());
    scene.timeline.figure("people_taken", 0);
    // Whatever the thief finds out later, what was in force that night is not any more.
    scene.contain("workspace", "Last night's backup is gone from the shelf.").await?;
    Ok(())
}
