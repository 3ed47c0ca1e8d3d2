//! The pages of people.

mod audience;
mod person;

use crate::App;
use http::Method;
use waxwing_domain::Action;
use waxwing_http::Routes;

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let (read, write) = (Action::SubscribersRead, Action::SubscribersWrite);
    routes
        .page(Method::GET, "/audience", read, audience::index)
        .page(Method::POST, "/audience/search", read, audience::search)
        .page(Method::POST, "/audience/bulk", write, audience::bulk)
        .page(Method::GET, "/audience/people/new", write, person::new)
        .page(Method::POST, "/audience/people", write, person::create)
        .page(Method::GET, "/audience/people/{subject}", read, person::show)
        .page(Method::POST, "/audience/people/{subject}", write, person::update)
        .page(Method::POST, "/audience/people/{subject}/unmask", Action::SubscribersUnmask, person::unmask)
        .page(Method::POST, "/audience/people/{subject}/lists", write, person::join)
        .page(Method::POST, "/audience/people/{subject}/leave", write, person::leave)
        .page(Method::GET, "/audience/people/{subject}/evidence/{consent}", read, person::evidence)
}
