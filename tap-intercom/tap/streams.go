package tap

// dialect is how the rows of a stream are got.
type dialect uint8

const (
	list       dialect = iota // GET, all pages
	single                    // GET, one object
	search                    // POST, by time, in order
	scroll                    // GET, page after page within a minute each
	embedded                  // within the items of the parent; the rest by a call of its own
	detail                    // within the parent as a call of its own gives it
	each                      // a list of its own for each parent
	visited                   // a list of its own for each parent in each run, whether the parent changed or not
	feed                      // GET, from where the last run was to the end of a log
	together                  // one list for as many parents as the API takes at a time
	configured                // GET, a list or an object for each id that a setting names
	deep                      // for each row of via, an object of its own
	reported                  // the same for one data set
	exported                  // POST for a job, GET until it is done, then its files
	logged                    // GET, all pages of one slice of time after the other
)

// when says for which parents the call of an embedded stream is made. It is
// never made when neither the stream nor the field in its parent is selected.
type when uint8

const (
	never   when = iota
	hasMore      // the embedded list was cut off
	notNone      // the embedded list is there but says too little
)

// stream is one row of the table: what is read, from where, and what it costs.
type stream struct {
	name   string
	parent string // "" for a stream of its own

	dialect  dialect
	endpoint string // what is called; "" when the parent brings everything
	items    string // member of the answer that holds the rows
	params   string // query of the call
	perPage  int    // 0: searches take the page_size setting, others Intercom's default
	probe    string // what discovery asks instead of endpoint, to see whether it may
	newest   bool   // lists: the API documents the newest change first, so what follows an old row is old
	from     string // lists: parameter that leaves out what changed before a time
	template string // the row of templates that this one was made from; "" for rows of the table
	of       string // what the workspace calls it: the type of custom objects, the data set; fills {id}
	setting  string // names the ids that it is read for
	since    string // version of the API that has it first; "" when all that the tap knows do

	within string // member of the parent that holds the rows: "tags.data"
	when   when   // when the parent's list is not enough
	via    string // child whose rows name what a deep one calls for
	only   string // member of the parent that is true when there is something to call for
	flag   string // parameter with which the parent's call brings the rows
	idAs   string // what the row calls the item's id
	ofID   string // what the row calls the parent's id
	ofTime string // what the row calls the parent's updated_at
	beside string // sibling in whose rows the rows are; its calls bring them
	rowID  string // beside: what identifies a row of the sibling
	rowAs  string // beside: what the row calls that
	lifted string // member of a member of the row that the key needs: "teammate.id"
	liftAs string // what the row calls it
	by     string // together: member of the parent that the call asks by, perPage at a time
	after  string // visited: parameter with the time from which rows are wanted
	until  string // visited: parameter with the time up to which they are
	milli  bool   // visited: these are in milliseconds
	refs   bool   // rows only relate: what else an item says, its own stream says
	url    string // member url of the item, which the call for the rest of a list leaves out

	counted string // member of the parent that counts the rows too: "statistics.count"

	keys        []string
	bookmark    string // replication key; "" for a full table each time
	sortedByDoc bool   // searches: the API documents the order asked for

	more   []string // visited: members that come when moreBy is "true"; not selected by default
	moreBy string

	cost   string
	limits string // what the API does not give, or gives only so; "" when nothing is known
	off    bool   // costs so much that it is read only when it is asked for
	doc    string
}

// streams is everything the tap reads, in the order in which it is read: the
// small tables first, because rows of the large ones refer to them. Children
// follow their parent and are read with it.
//
// A list that its parent holds too (tags of a contact) is left out of the
// parent unless it is selected there.
var streams = []stream{
	{
		name: "workspace", dialect: single, endpoint: "/me", items: "app",
		keys: []string{"id_code"},
		cost: "1 call", doc: "the workspace: its name, region and timezone",
	},
	{
		name: "admins", endpoint: "/admins", items: "admins",
		keys: []string{"id"},
		cost: "1 call", doc: "teammates, with their teams and away mode",
	},
	{
		name: "teams", endpoint: "/teams", items: "teams",
		keys: []string{"id"},
		cost: "1 call", doc: "teams",
	},
	{
		name: "team_admins", parent: "teams", dialect: embedded, within: "admin_ids",
		ofID: "team_id", idAs: "admin_id", keys: []string{"team_id", "admin_id"},
		cost: "free", doc: "who is in which team",
	},
	{
		name: "team_metrics", parent: "teams", dialect: each, since: "2.16",
		endpoint: "/teams/{id}/metrics", items: "data",
		ofID: "team_id", keys: []string{"team_id", "admin_id"},
		limits: "a gauge of the moment; behind a feature flag of the workspace",
		cost:   "1 call per team", off: true, doc: "what is open, idle and snoozed with each teammate at the moment of the run",
	},
	{
		name: "tags", endpoint: "/tags", items: "data",
		keys: []string{"id"},
		cost: "1 call", doc: "tags",
	},
	{
		name: "away_status_reasons", endpoint: "/away_status_reasons", items: "data", since: "2.14",
		keys: []string{"id"},
		cost: "1 call", doc: "reasons for being away, the deleted ones too",
	},
	{
		name: "brands", endpoint: "/brands", items: "data", since: "2.15",
		keys: []string{"id"},
		cost: "1 call", doc: "brands",
	},
	{
		name: "emails", endpoint: "/emails", items: "data", since: "2.15",
		keys: []string{"id"},
		cost: "1 call", doc: "addresses that messages are sent from",
	},
	{
		name: "office_hours_schedules", endpoint: "/office_hours_schedules", items: "data", since: "2.16",
		keys: []string{"id"},
		cost: "1 call", doc: "office hours by weekday",
	},
	{
		name: "office_hours_exceptions", parent: "office_hours_schedules", dialect: each, since: "2.16",
		endpoint: "/office_hours_schedules/{id}/office_hours_exceptions", items: "data",
		keys: []string{"id"},
		cost: "1 call per schedule", doc: "days on which office hours are others",
	},
	{
		name: "audiences", endpoint: "/audiences", items: "data", perPage: 50, since: "2.16",
		keys: []string{"id"},
		cost: "1 call per 50 rows", doc: "audiences with their rules",
	},
	{
		name: "macros", endpoint: "/macros", items: "data", perPage: 150, from: "updated_since", since: "2.16",
		keys: []string{"id"}, bookmark: "updated_at",
		limits: "those that the owner of the token may see",
		cost:   "1 call per 150 changed rows", doc: "saved replies, those that the token's owner may see",
	},
	{
		name: "data_connectors", endpoint: "/data_connectors", items: "data", perPage: 50, newest: true, since: "2.16",
		keys: []string{"id"}, bookmark: "updated_at",
		cost: "1 call per 50 changed rows", doc: "data connectors",
	},
	{
		name: "data_connector_executions", parent: "data_connectors", dialect: visited, since: "2.16",
		endpoint: "/data_connectors/{id}/execution_results", items: "data", perPage: 30, after: "start_ts", until: "end_ts",
		keys: []string{"id"}, bookmark: "created_at",
		more: []string{"request_body", "response_body", "raw_response_body"}, moreBy: "include_bodies",
		limits: "how far back they go is not documented; bodies when they are selected",
		cost:   "1 call per data connector and 30 rows", off: true, doc: "what became of the calls of data connectors",
	},
	{
		name: "activity_log_event_types", endpoint: "/admins/activity_log_event_types", items: "event_types", idAs: "event_type", since: "2.16",
		keys: []string{"event_type"},
		cost: "1 call", doc: "what the activity log tells of",
	},
	{
		name: "activity_logs", dialect: logged, endpoint: "/admins/activity_logs", items: "activity_logs", perPage: 250,
		keys: []string{"id"}, bookmark: "created_at",
		limits: "newest first, read in slices of time; how far back it goes is not documented",
		cost:   "1 call per slice of time and 250 rows", doc: "what teammates did in the workspace; metadata is another object for each type of activity",
	},
	{
		name: "segments", endpoint: "/segments", items: "segments", params: "include_count=true",
		keys: []string{"id"},
		cost: "1 call", doc: "segments with their number of members, which changes without updated_at",
	},
	{
		name: "contact_attributes", endpoint: "/data_attributes", items: "data", params: "model=contact&include_archived=true",
		keys:   []string{"model", "full_name"},
		limits: "standard attributes have no id",
		cost:   "1 call", doc: "attributes of contacts, standard and custom; the standard ones have no id",
	},
	{
		name: "company_attributes", endpoint: "/data_attributes", items: "data", params: "model=company&include_archived=true",
		keys:   []string{"model", "full_name"},
		limits: "standard attributes have no id",
		cost:   "1 call", doc: "attributes of companies, standard and custom",
	},
	{
		name: "conversation_attributes", endpoint: "/conversations/attributes", items: "data", params: "include_archived=true", since: "2.16",
		keys: []string{"id"},
		cost: "1 call", doc: "custom attributes of conversations; their names need not be unique",
	},
	{
		name: "subscription_types", endpoint: "/subscription_types", items: "data",
		keys: []string{"id"},
		cost: "1 call", doc: "what contacts can subscribe to, with its translations",
	},
	{
		name: "ticket_types", endpoint: "/ticket_types", items: "data",
		keys: []string{"id"},
		cost: "1 call", doc: "types of tickets with their states",
	},
	{
		name: "ticket_type_attributes", parent: "ticket_types", dialect: embedded, within: "ticket_type_attributes.data",
		keys: []string{"id"},
		cost: "free", doc: "attributes of the types of tickets",
	},
	{
		name: "ticket_states", endpoint: "/ticket_states", items: "data", since: "2.12",
		keys: []string{"id"},
		cost: "1 call", doc: "states of tickets with the types that have them",
	},
	{
		name: "help_centers", endpoint: "/help_center/help_centers", items: "data",
		keys: []string{"id"},
		cost: "1 call", doc: "help centers",
	},
	{
		name: "redirects", parent: "help_centers", dialect: each, since: "2.16",
		endpoint: "/help_center/help_centers/{id}/redirects", items: "data", perPage: 250,
		keys: []string{"id"},
		cost: "1 call per help center and 250 rows", doc: "redirects from old addresses to articles and collections",
	},
	{
		name: "collections", endpoint: "/help_center/collections", items: "data",
		keys: []string{"id"},
		cost: "1 call per 20 rows", doc: "collections of articles; they nest by parent_id",
	},
	{
		name: "articles", endpoint: "/articles", items: "data", perPage: 250, newest: true,
		keys: []string{"id"}, bookmark: "updated_at",
		limits: "deleted articles are not told of",
		cost:   "1 call per 250 changed rows", doc: "articles of help centers in all their languages",
	},
	{
		name: "article_statistics", parent: "articles", dialect: detail, within: "statistics",
		endpoint: "/articles/{id}", ofID: "article_id", ofTime: "article_updated_at",
		keys: []string{"article_id"},
		cost: "1 call per article", off: true, doc: "views, reactions and what the AI agent did with articles; they change without updated_at",
	},
	{
		name: "article_drafts", parent: "articles", dialect: detail, only: "has_unpublished_changes", since: "2.16",
		endpoint: "/articles/{id}/draft", ofID: "article_id", ofTime: "article_updated_at",
		keys: []string{"article_id"},
		cost: "1 call per 250 articles and 1 per draft", off: true, doc: "what is written but not published yet",
	},
	{
		name: "article_versions", parent: "articles", dialect: each, since: "2.16",
		endpoint: "/articles/{id}/versions", items: "data",
		keys:   []string{"id"},
		limits: "without their bodies",
		cost:   "1 call per article", off: true, doc: "versions of articles: when, by whom, with what title; not their bodies",
	},
	{
		name: "article_version_contents", parent: "articles", dialect: deep, via: "article_versions", since: "2.16",
		endpoint: "/articles/{id}/versions/{row}", ofTime: "article_updated_at",
		keys: []string{"id"}, bookmark: "article_updated_at",
		cost: "1 call per changed article and 1 per version of it", off: true, doc: "versions of articles with their bodies",
	},
	{
		name: "internal_articles", endpoint: "/internal_articles", items: "data", since: "2.13",
		keys: []string{"id"}, bookmark: "updated_at",
		cost: "1 call per 50 rows; all are read, the changed ones are sent", doc: "articles for teammates",
	},
	{
		name: "content_snippets", endpoint: "/content_snippets", items: "data", perPage: 50, since: "2.16",
		keys: []string{"id"},
		cost: "1 call per 50 rows", doc: "snippets for the AI agent",
	},
	{
		name: "ai_content_import_sources", endpoint: "/ai/content_import_sources", items: "data", since: "2.12",
		keys: []string{"id"},
		cost: "1 call per 50 rows", doc: "sites that the AI agent learns from",
	},
	{
		name: "ai_external_pages", endpoint: "/ai/external_pages", items: "data", since: "2.12",
		keys: []string{"id"}, bookmark: "updated_at",
		cost: "1 call per 50 rows; all are read, the changed ones are sent", doc: "pages of those sites, as HTML",
	},
	{
		name: "news_items", endpoint: "/news/news_items", items: "data",
		keys: []string{"id"}, bookmark: "updated_at",
		cost: "1 call per 10 rows; all are read, the changed ones are sent", doc: "news",
	},
	{
		name: "newsfeeds", endpoint: "/news/newsfeeds", items: "data",
		keys: []string{"id"},
		cost: "1 call per 10 rows", doc: "newsfeeds",
	},
	{
		name: "newsfeed_items", parent: "newsfeeds", dialect: each,
		endpoint: "/news/newsfeeds/{id}/items", items: "data",
		ofID: "newsfeed_id", ofTime: "newsfeed_updated_at",
		keys: []string{"newsfeed_id", "id"},
		cost: "1 call per newsfeed and 20 rows", doc: "which news are in which newsfeed",
	},
	{
		name: "folders", endpoint: "/folders", items: "data", perPage: 50, since: "2.17",
		keys: []string{"id"},
		cost: "1 call per 50 rows", doc: "folders of articles",
	},
	{
		name: "companies", dialect: scroll, endpoint: "/companies/scroll", items: "data", probe: "/companies",
		keys: []string{"id"}, bookmark: "updated_at",
		limits: "one scroll per app at a time; one that rests for a minute is gone and cannot be resumed; deleted companies are not told of",
		cost:   "1 call per 100 companies of the workspace", doc: "companies, those without users too; all are read, the changed ones are sent",
	},
	{
		name: "company_tags", parent: "companies", dialect: embedded, within: "tags.tags",
		ofID: "company_id", ofTime: "company_updated_at", idAs: "tag_id",
		keys: []string{"company_id", "tag_id"}, bookmark: "company_updated_at",
		cost: "free", doc: "tags of companies",
	},
	{
		name: "company_segments", parent: "companies", dialect: embedded, within: "segments.segments",
		ofID: "company_id", ofTime: "company_updated_at", idAs: "segment_id",
		keys: []string{"company_id", "segment_id"}, bookmark: "company_updated_at",
		cost: "free", doc: "segments of companies",
	},
	{
		name: "company_notes", parent: "companies", dialect: each, since: "2.15",
		endpoint: "/companies/{id}/notes", items: "data",
		ofID: "company_id", ofTime: "company_updated_at",
		keys: []string{"id"}, bookmark: "company_updated_at",
		cost: "1 call per company", off: true, doc: "notes on companies, with body and author",
	},
	{
		name: "company_contacts", parent: "companies", dialect: each,
		endpoint: "/companies/{id}/contacts", items: "data", perPage: 50,
		ofID: "company_id", ofTime: "company_updated_at", idAs: "contact_id", refs: true,
		keys: []string{"company_id", "contact_id"}, bookmark: "company_updated_at",
		cost: "1 call per company", off: true, doc: "contacts of companies; contact_companies says the same for less",
	},
	{
		name: "contacts", dialect: search, endpoint: "/contacts/search", items: "data", sortedByDoc: true,
		keys: []string{"id"}, bookmark: "updated_at",
		limits: "searched by whole days of the workspace's timezone up to API 2.16; new contacts are found some minutes late; deleted and merged ones are gone",
		cost:   "1 call per 150 rows", doc: "users and leads",
	},
	{
		name: "contact_tags", parent: "contacts", dialect: embedded, within: "tags.data",
		endpoint: "/contacts/{id}/tags", items: "data", when: hasMore,
		ofID: "contact_id", ofTime: "contact_updated_at", idAs: "tag_id", refs: true, url: "/tags/{id}",
		keys: []string{"contact_id", "tag_id"}, bookmark: "contact_updated_at",
		limits: "10 come with a contact",
		cost:   "1 call per contact with more than 10", doc: "tags of contacts",
	},
	{
		name: "contact_companies", parent: "contacts", dialect: embedded, within: "companies.data",
		endpoint: "/contacts/{id}/companies", items: "companies", when: hasMore, perPage: 60,
		ofID: "contact_id", ofTime: "contact_updated_at", idAs: "company_id", refs: true, url: "/companies/{id}",
		keys: []string{"contact_id", "company_id"}, bookmark: "contact_updated_at",
		limits: "10 come with a contact; a contact has 1,000 at most",
		cost:   "1 call per contact with more than 10", doc: "companies of contacts",
	},
	{
		name: "contact_notes", parent: "contacts", dialect: embedded, within: "notes.data",
		endpoint: "/contacts/{id}/notes", items: "data", when: notNone, perPage: 60,
		ofID: "contact_id", ofTime: "contact_updated_at",
		keys: []string{"id"}, bookmark: "contact_updated_at",
		limits: "ids of 10 come with a contact, bodies by the call only",
		cost:   "1 call per contact with notes", doc: "notes on contacts, with body and author",
	},
	{
		name: "contact_merge_history", parent: "contacts", dialect: embedded, within: "merge_history",
		flag: "include_merge_history", since: "2.16",
		ofID: "contact_id", ofTime: "contact_updated_at",
		keys: []string{"contact_id", "source_contact_id", "merged_at"}, bookmark: "contact_updated_at",
		limits: "users only, leads have none",
		cost:   "free", doc: "which contacts were merged into which users, and when",
	},
	{
		name: "contact_segments", parent: "contacts", dialect: each,
		endpoint: "/contacts/{id}/segments", items: "data",
		ofID: "contact_id", ofTime: "contact_updated_at", idAs: "segment_id",
		keys: []string{"contact_id", "segment_id"}, bookmark: "contact_updated_at",
		cost: "1 call per contact", off: true, doc: "segments of contacts",
	},
	{
		name: "contact_subscriptions", parent: "contacts", dialect: each,
		endpoint: "/contacts/{id}/subscriptions", items: "data",
		ofID: "contact_id", ofTime: "contact_updated_at", idAs: "subscription_type_id",
		keys: []string{"contact_id", "subscription_type_id"}, bookmark: "contact_updated_at",
		limits: "what a contact never chose is not listed",
		cost:   "1 call per contact", off: true, doc: "subscriptions that contacts chose or declined themselves",
	},
	{
		name: "contact_events", parent: "contacts", dialect: visited,
		endpoint: "/events", items: "events", params: "type=user&intercom_user_id={id}", perPage: 50, after: "since", until: "before", milli: true,
		ofID: "contact_id", ofTime: "contact_updated_at",
		keys: []string{"id"}, bookmark: "created_at",
		limits: "less than 90 days old; events that are sent later than lookback_seconds after they happened are not found",
		cost:   "1 call per contact of the workspace, and per 50 new events", off: true, doc: "what contacts did, as events",
	},
	{
		name: "contact_event_summaries", parent: "contacts", dialect: visited,
		endpoint: "/events", items: "events", params: "type=user&intercom_user_id={id}&summary=true",
		ofID: "contact_id", ofTime: "contact_updated_at",
		keys: []string{"contact_id", "name"},
		cost: "1 call per contact of the workspace", off: true, doc: "how often contacts did what, when first and when last, over all time",
	},
	{
		name: "contact_activities", dialect: feed, endpoint: "/contacts/activities", items: "data", perPage: 150, since: "2.17",
		keys: []string{"id"}, bookmark: "created_at",
		limits: "how far back it goes is not documented",
		cost:   "1 call per 150 new rows", doc: "contacts that were created, deleted and merged, or changed their role",
	},
	{
		name: "conversations", dialect: search, endpoint: "/conversations/search", items: "conversations",
		keys: []string{"id"}, bookmark: "updated_at",
		limits: "that a search is sorted is not documented: the order is checked",
		cost:   "1 call per 150 rows", doc: "conversations with their first message, statistics and rating",
	},
	{
		name: "conversation_contacts", parent: "conversations", dialect: embedded, within: "contacts.contacts",
		ofID: "conversation_id", ofTime: "conversation_updated_at", idAs: "contact_id",
		keys: []string{"conversation_id", "contact_id"}, bookmark: "conversation_updated_at",
		cost: "free", doc: "contacts of conversations",
	},
	{
		name: "conversation_tags", parent: "conversations", dialect: embedded, within: "tags.tags",
		ofID: "conversation_id", ofTime: "conversation_updated_at", idAs: "tag_id",
		keys: []string{"conversation_id", "tag_id"}, bookmark: "conversation_updated_at",
		cost: "free", doc: "tags of conversations: what, when, by whom",
	},
	{
		name: "conversation_teammates", parent: "conversations", dialect: embedded, within: "teammates.teammates",
		ofID: "conversation_id", ofTime: "conversation_updated_at", idAs: "teammate_id",
		keys: []string{"conversation_id", "teammate_id"}, bookmark: "conversation_updated_at",
		cost: "free", doc: "teammates who took part in conversations",
	},
	{
		name: "conversation_linked_objects", parent: "conversations", dialect: embedded, within: "linked_objects.data",
		ofID: "conversation_id", ofTime: "conversation_updated_at", idAs: "linked_object_id",
		keys: []string{"conversation_id", "linked_object_id"}, bookmark: "conversation_updated_at",
		limits: "1,000 per conversation",
		cost:   "free", doc: "tickets and conversations that conversations are linked to, 1,000 at most",
	},
	{
		name: "conversation_parts", parent: "conversations", dialect: detail, within: "conversation_parts.conversation_parts",
		counted:  "statistics.count_conversation_parts",
		endpoint: "/conversations/{id}",
		ofID:     "conversation_id", ofTime: "conversation_updated_at",
		keys: []string{"conversation_id", "id"}, bookmark: "conversation_updated_at",
		limits: "the 500 newest of a conversation",
		cost:   "1 call per conversation", doc: "replies, notes and events with their attachments; the 500 newest of a conversation, the API gives no more",
	},
	{
		name: "conversation_attachments", parent: "conversations", dialect: embedded, within: "source/attachments",
		ofID: "conversation_id", ofTime: "conversation_updated_at",
		keys: []string{"conversation_id", "ordinal"}, bookmark: "conversation_updated_at",
		limits: "without ids; the urls are signed and expire",
		cost:   "free", doc: "attachments of the first messages of conversations, in their order",
	},
	{
		name: "conversation_part_attachments", parent: "conversations", dialect: embedded, within: "attachments",
		beside: "conversation_parts", rowID: "id", rowAs: "conversation_part_id",
		ofID: "conversation_id", ofTime: "conversation_updated_at",
		keys: []string{"conversation_id", "conversation_part_id", "ordinal"}, bookmark: "conversation_updated_at",
		limits: "without ids; the urls are signed and expire; those of the 500 newest parts",
		cost:   "free with conversation_parts, else 1 call per conversation", off: true, doc: "attachments of conversation parts one by one; conversation_parts has them too",
	},
	{
		name: "conversation_monitor_evaluations", parent: "conversations", dialect: embedded, within: "monitor_evaluations",
		flag: "include_monitors", since: "2.16",
		ofID: "conversation_id", ofTime: "conversation_updated_at",
		keys: []string{"conversation_id", "monitor_id", "ordinal"}, bookmark: "conversation_updated_at",
		limits: "without ids; the time of an evaluation may be null",
		cost:   "free", doc: "what quality monitors found in conversations",
	},
	{
		name: "conversation_scorecards", parent: "conversations", dialect: embedded, within: "scorecards",
		flag: "include_scorecards", since: "2.16",
		ofID: "conversation_id", ofTime: "conversation_updated_at",
		keys: []string{"conversation_id", "scorecard_id", "ordinal"}, bookmark: "conversation_updated_at",
		limits: "without ids; the time of an evaluation may be null",
		cost:   "free", doc: "results of scorecards of conversations",
	},
	{
		name: "handling_events", parent: "conversations", dialect: each, since: "2.15",
		endpoint: "/conversations/{id}/handling_events", items: "handling_events",
		ofID: "conversation_id", ofTime: "conversation_updated_at", lifted: "teammate.id", liftAs: "teammate_id",
		keys: []string{"conversation_id", "teammate_id", "type", "timestamp", "ordinal"}, bookmark: "conversation_updated_at",
		limits: "without ids",
		cost:   "1 call per conversation", off: true, doc: "when teammates paused and resumed work on conversations",
	},
	{
		name: "side_conversations", parent: "conversations", dialect: each, since: "2.16",
		endpoint: "/conversations/{id}/side_conversations", items: "side_conversations", perPage: 50,
		ofID: "conversation_id", ofTime: "conversation_updated_at",
		keys: []string{"conversation_id", "side_conversation_id"}, bookmark: "conversation_updated_at",
		cost: "1 call per conversation", off: true, doc: "threads that teammates opened beside conversations",
	},
	{
		name: "side_conversation_parts", parent: "conversations", dialect: embedded, within: "conversation_parts", since: "2.16",
		beside: "side_conversations", rowID: "side_conversation_id", rowAs: "side_conversation_id",
		ofID: "conversation_id", ofTime: "conversation_updated_at",
		keys: []string{"conversation_id", "side_conversation_id", "id"}, bookmark: "conversation_updated_at",
		cost: "1 call per conversation, the same as for side_conversations", off: true, doc: "messages of side conversations",
	},
	{
		name: "deleted_conversations", endpoint: "/conversations/deleted", items: "conversations", params: "order=desc", perPage: 60,
		newest: true, since: "2.16",
		keys: []string{"id"}, bookmark: "deleted_at",
		cost: "1 call per 60 rows", doc: "conversations that were deleted, and when; their rows in other streams stay as they are",
	},
	{
		name: "calls", endpoint: "/calls", items: "data", perPage: 25, since: "2.14",
		keys: []string{"id"}, bookmark: "updated_at",
		cost: "1 call per 25 rows; all are read, the changed ones are sent", doc: "telephone calls",
	},
	{
		name: "call_transcripts", parent: "calls", dialect: together, since: "2.14",
		endpoint: "/calls/search", items: "data", by: "conversation_id", perPage: 20,
		ofID: "call_id", ofTime: "call_updated_at", refs: true,
		keys: []string{"call_id"}, bookmark: "call_updated_at",
		limits: "of calls that belong to a conversation; whether a transcript that is finished late changes the call is not documented",
		cost:   "1 call per 20 conversations with changed calls", doc: "what was said in telephone calls",
	},
	{
		name: "content_export__receipt", dialect: exported, endpoint: "/export/content/data",
		keys: []string{"receipt_id", "content_id", "ruleset_id"}, bookmark: "received_at",
		limits: "by the day a message was sent: `export_lookback_days` are exported again each time for what happened since; one export of the workspace at a time, cut off at 10,000,000 rows",
		cost:   "1 export for all content_export streams: 3 calls and more while it is made ready, some minutes to hours", off: true, doc: "who was sent which message, and the first time of all they did with it",
	},
	{
		name: "content_export__reply", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "replied_at",
		cost: "in the same export", off: true, doc: "replies to outbound messages",
	},
	{
		name: "content_export__completion", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "completed_at",
		cost: "in the same export", off: true, doc: "completed tours, surveys and the like",
	},
	{
		name: "content_export__series_completion", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "completed_at",
		cost: "in the same export", off: true, doc: "completed series",
	},
	{
		name: "content_export__series_disengagement", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "disengaged_at",
		cost: "in the same export", off: true, doc: "series that people disengaged from",
	},
	{
		name: "content_export__series_exit", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "exited_at",
		cost: "in the same export", off: true, doc: "series that people left by an exit rule",
	},
	{
		name: "content_export__goal_success", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "goal_hit_at",
		cost: "in the same export", off: true, doc: "goals of messages that were met",
	},
	{
		name: "content_export__tour_step_view", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "viewed_at",
		cost: "in the same export", off: true, doc: "steps of tours that were seen",
	},
	{
		name: "content_export__tour_step_failure", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "failed_at",
		cost: "in the same export", off: true, doc: "steps of tours that failed, with the reason",
	},
	{
		name: "content_export__reaction", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "reacted_at",
		cost: "in the same export", off: true, doc: "reactions to messages",
	},
	{
		name: "content_export__open", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "opened_at",
		cost: "in the same export", off: true, doc: "messages that were opened",
	},
	{
		name: "content_export__click", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "clicked_at",
		cost: "in the same export", off: true, doc: "links in messages that were clicked",
	},
	{
		name: "content_export__dismissal", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "dismissed_at",
		cost: "in the same export", off: true, doc: "messages that were dismissed",
	},
	{
		name: "content_export__unsubscribe", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "unsubscribed_at",
		cost: "in the same export", off: true, doc: "messages after which people unsubscribed",
	},
	{
		name: "content_export__hard_bounce", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "hard_bounced_at",
		cost: "in the same export", off: true, doc: "messages that bounced for good",
	},
	{
		name: "content_export__soft_bounce", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "soft_bounced_at",
		cost: "in the same export", off: true, doc: "messages that bounced for now",
	},
	{
		name: "content_export__answer", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "answered_at",
		cost: "in the same export", off: true, doc: "answers to surveys",
	},
	{
		name: "content_export__fin_step_reached", parent: "content_export__receipt", dialect: exported,
		keys: []string{"row_id"}, bookmark: "involved_at",
		cost: "in the same export", off: true, doc: "messages that brought the AI agent in",
	},
	{
		name: "content_export__checkpoint", parent: "content_export__receipt", dialect: exported,
		keys: []string{"series_entry_record_id", "ruleset_id", "user_id"}, bookmark: "created_at",
		cost: "in the same export", off: true, doc: "where people stand in series",
	},
	{
		name: "content_export__other", parent: "content_export__receipt", dialect: exported,
		keys: []string{"kind", "row_id"}, bookmark: "exported_until",
		limits: "their columns are not documented and are kept as JSON",
		cost:   "in the same export", off: true, doc: "files of the export that have no stream of their own, as button_tap and sms_failure",
	},
	{
		name: "message_statuses", dialect: configured, setting: "message_ruleset_ids", since: "2.16",
		endpoint: "/messages/status", items: "events", params: "ruleset_id={id}", perPage: 100,
		ofID: "ruleset_id", keys: []string{"ruleset_id", "id"}, bookmark: "updated_at",
		limits: "WhatsApp only; no call lists the rulesets: `message_ruleset_ids` names them",
		cost:   "1 call per ruleset and 100 rows; all are read, the changed ones are sent", doc: "what became of outbound messages: sent, delivered, read, failed",
	},
	{
		name: "workflow_exports", dialect: configured, setting: "workflow_ids", since: "2.15",
		endpoint: "/export/workflows/{id}",
		ofID:     "workflow_id", keys: []string{"workflow_id"},
		limits: "no call lists the workflows: `workflow_ids` names them; not in every plan",
		cost:   "1 call per workflow", doc: "definitions of workflows; their steps, targeting, attributes and rules are kept as JSON",
	},
	{
		name: "tickets", dialect: search, endpoint: "/tickets/search", items: "tickets",
		keys: []string{"id"}, bookmark: "updated_at",
		limits: "that a search is sorted is not documented: the order is checked; deleted tickets are not told of",
		cost:   "1 call per 150 rows", doc: "tickets with their type and state",
	},
	{
		name: "ticket_parts", parent: "tickets", dialect: embedded, within: "ticket_parts.ticket_parts",
		ofID: "ticket_id", ofTime: "ticket_updated_at",
		keys: []string{"ticket_id", "id"}, bookmark: "ticket_updated_at",
		limits: "the 500 newest of a ticket",
		cost:   "free", doc: "replies, notes and events of tickets; the 500 newest of a ticket",
	},
	{
		name: "ticket_contacts", parent: "tickets", dialect: embedded, within: "contacts.contacts",
		ofID: "ticket_id", ofTime: "ticket_updated_at", idAs: "contact_id",
		keys: []string{"ticket_id", "contact_id"}, bookmark: "ticket_updated_at",
		cost: "free", doc: "contacts of tickets",
	},
	{
		name: "ticket_linked_objects", parent: "tickets", dialect: embedded, within: "linked_objects.data",
		ofID: "ticket_id", ofTime: "ticket_updated_at", idAs: "linked_object_id",
		keys: []string{"ticket_id", "linked_object_id"}, bookmark: "ticket_updated_at",
		limits: "1,000 per ticket",
		cost:   "free", doc: "conversations and tickets that tickets are linked to, 1,000 at most",
	},
}

// streamNamed returns a row of the table, or one that a template gives; nil when
// there is none.
func streamNamed(name string) *stream {
	for i := range streams {
		if streams[i].name == name {
			return &streams[i]
		}
	}
	return derived(name)
}

// childrenOf returns the streams that are read with parent.
func childrenOf(parent string) []*stream {
	var children []*stream
	for i := range streams {
		if streams[i].parent == parent {
			children = append(children, &streams[i])
		}
	}
	return children
}
