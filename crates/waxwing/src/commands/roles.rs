//! `waxwing roles`: the whole matrix, as the program has it.
//!
//! Promise: what is printed is what is enforced; it is read from the same table. It asks no
//! database, so roles of a workspace's own making are not among them.

use crate::output::Output;
use serde_json::{Value, json};
use waxwing_app::accounts::roles::built_in;
use waxwing_domain::{Action, DataClass, Role, clear_classes, roles_of};

/// Prints the matrix: a line an action and class, a column a role.
pub fn run(output: Output) -> anyhow::Result<Value> {
    for role in Role::ALL {
        output.say(format!("{:<17} {}", role.title(), role.about()));
    }
    let actions = Action::ALL.iter().copied().filter(|action| action.is_grantable());
    let width = actions.clone().map(|action| action.name().len()).max().unwrap_or(0);
    let initials = Role::ALL.iter().map(|role| short(*role)).collect::<Vec<_>>().join(" ");
    output.say(format!("\n{:width$}  {initials}", ""));
    for action in actions {
        output.say(line(action.name(), width, |role| roles_of(action).has(role)));
    }
    for &class in DataClass::ALL {
        output.say(line(&format!("sees {class}"), width, |role| clear_classes(role).has(class)));
    }
    output.say("");
    for action in Action::ALL.iter().filter(|action| action.is_grantable()) {
        output.say(format!("{:width$}  {}", action.name(), action.about()));
    }
    Ok(json!({ "roles": serde_json::to_value(built_in())? }))
}

/// The first two letters of a role's title, as the head of its column.
fn short(role: Role) -> &'static str {
    role.title().get(..2).unwrap_or_default()
}

fn line(name: &str, width: usize, has: impl Fn(Role) -> bool) -> String {
    let marks = Role::ALL.iter().map(|&role| if has(role) { "x " } else { "· " });
    format!("{name:width$}  {}", marks.collect::<Vec<_>>().join(" ")).trim_end().to_owned()
}
