// Package intercomtest is an Intercom workspace in memory behind a real HTTP
// server: people, companies, conversations and tickets that were made up from
// a seed, served in the shapes, with the paging, the limits, the errors and
// the oddities of Intercom's REST API. The very binary that talks to
// api.intercom.io can be pointed at it.
//
//	s := intercomtest.New(t, intercomtest.Options{Seed: 7, Contacts: 300})
//	client := NewClient(s.URL, "any token")
//
// What a resource does, and which of its oddities are on purpose, stands at
// the head of its file. The facts come from Intercom's OpenAPI description of
// version 2.16, from the documentation of 2.17, and from what users and other
// extractors report; where none of them says anything, the file says what was
// assumed.
//
// # The workspace
//
// The same Options give the same workspace, and a larger count adds to the same
// beginning. All dates in it are from the two years before Epoch. Tests change
// it with Add, Update, Delete, Merge, AddTo, UpdateIn, RemoveFrom and Churn,
// which date what they do by the server's Clock, and look at it with IDs, Get
// and Contents. Contents is what a perfect extractor would deliver.
//
// Kinds of records are admins, teams, tags, segments, contacts, companies,
// conversations, tickets, ticket_types, data_attributes,
// conversation_attributes and subscription_types; the last and ticket_types
// cannot be added. What nothing else depends on, such as brands and macros, is
// a kind too, under the name of its stream. Lists that hang on records are tags,
// notes, companies, segments and events of contacts, tags and parts of
// conversations, parts of tickets.
//
// # Time
//
// A server goes by its Clock, which runs with the machine's unless Options say
// otherwise. The Date header is of that clock too. A client that must agree
// with a clock that was moved takes its time from there, or is given
// Server.Clock in the same process.
//
// # Shapes
//
// Answers have the form of the description. The service's own differ from it:
// Options.Shapes gives them in the form of recordings, or with the lists within
// rows in another wrapping.
//
// # Trouble
//
// Control sets a Fault: for requests by method and path, after so many, so
// many times, answer with a status as the service would or as a load balancer before it
// does, wait, drop the connection, cut the answer
// short, or call a function that may answer, or change the workspace and let
// the request go on. A Control without any of this counts. Requests, Count
// and MostAtOnce tell what was asked. EndScroll loses a scroll, Spend uses up a
// rate window. Mind that Go's http.Transport by itself repeats a GET
// whose connection was dropped before the answer began, if the connection had
// been used before.
//
// # Control by other processes
//
// Under /_control/, without a token, the same is done with JSON. Answers are
// 200, or 400 with {"error": …}.
//
//	GET    clock                        {"now": "2026-01-01T00:00:00Z", "unix": …}
//	POST   clock                        {"advance": "36h"} or {"set": "2026-02-01T00:00:00Z"}
//	GET    contents[?stream=contacts]   {"contacts": [{…}, …], …}
//	POST   churn                        {"changes": 20}: that many random changes; tells them
//	GET    records/KIND                 {"ids": [...]}
//	POST   records/KIND                 {…}: adds a record with these members; gives {"id": …}
//	GET    records/KIND/ID              the record
//	PATCH  records/KIND/ID              {…}: changes these members; null is a value
//	DELETE records/KIND/ID
//	POST   records/KIND/ID/LIST         {"id": …} or {"body": …}: adds an entry
//	PATCH  records/KIND/ID/LIST/ENTRY   {…}: changes a part
//	DELETE records/KIND/ID/LIST/ENTRY
//	POST   merge                        {"from": ID, "into": ID}: contacts
//	POST   faults                       {"method": "GET", "path": "/conversations/*", "skip": 2, "times": 3,
//	                                    "status": 503, "header": {…}, "body": …, "delay": "2s",
//	                                    "drop": true, "cut": 100, "close": true, "foreign": true,
//	                                    "except": "/me"}; gives {"id": …}
//	GET    faults                       {"faults": [{"id": 1, "seen": 5, "hit": 3, …}]}
//	DELETE faults[/ID]
//	GET    requests[?method=&path=&count=true]   {"count": …, "most_at_once": …, "requests": [...]}
//	DELETE requests
//	DELETE scroll                       the service loses the scroll under way
//	POST   spend                        {"requests": 100}: other apps use up the rate window
//
// # What it does not do
//
//   - It takes no changes through Intercom's own API: POST, PUT and DELETE of
//     resources are 404, but for searches, POST /companies/list and exports.
//   - It has no visitors, banners, GET /jobs, Fin voice calls or searches of
//     articles, content and activity logs.
//   - What follows from a record and cannot be changed by itself: events,
//     company notes, monitor evaluations, scorecards, handling events and side
//     conversations.
//   - Versions differ in what is said at each file only: owner_id, assignees
//     and priority before 2.16, dates in searches and a few resources from 2.17
//     on. Shapes before 2.12 are those of shapes.go only.
//   - Searches look at fields of the records. Elements of source.body are not
//     searched one by one, ticket_attribute.{id} finds nothing, and null never
//     compares.
//   - Scopes are not checked, only the token. A test that wants 403 sets a
//     Fault.
//   - One limit of requests holds for all callers; there is none by app, and
//     none for searches alone.
//   - Segments do not follow from what people do, statistics and ratings do
//     not follow from parts (but for their number), nobody wakes a snoozed
//     conversation. A renamed tag keeps its old name where it was applied to
//     companies and conversations.
//   - GET /conversations/{id} has no translations, downloads of attachments do not exist.
package intercomtest
