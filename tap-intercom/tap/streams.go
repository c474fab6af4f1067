package tap

// dialect is how the rows of a stream are got.
type dialect uint8

const (
	list     dialect = iota // GET, all pages
	search                  // POST, by time, in order
	scroll                  // GET, page after page within a minute each
	embedded                // within the items of the parent; the rest by a call of its own
	detail                  // within the parent as a call of its own gives it
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

	within string // member of the parent that holds the rows: "tags.data"
	when   when   // when the parent's list is not enough
	idAs   string // what the row calls the item's id
	ofID   string // what the row calls the parent's id
	ofTime string // what the row calls the parent's updated_at
	refs   bool   // rows only relate: what else an item says, its own stream says

	keys        []string
	bookmark    string // replication key; "" for a full table each time
	sortedByDoc bool   // searches: the API documents the order asked for

	cost string
	doc  string
}

// streams is everything the tap reads, in the order in which it is read: the
// small tables first, because rows of the large ones refer to them. Children
// follow their parent and are read with it.
//
// A list that its parent holds too (tags of a contact) is left out of the
// parent unless it is selected there.
var streams = []stream{
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
		name: "tags", endpoint: "/tags", items: "data",
		keys: []string{"id"},
		cost: "1 call", doc: "tags",
	},
	{
		name: "segments", endpoint: "/segments", items: "segments", params: "include_count=true",
		keys: []string{"id"},
		cost: "1 call", doc: "segments with their number of members, which changes without updated_at",
	},
	{
		name: "contact_attributes", endpoint: "/data_attributes", items: "data", params: "model=contact&include_archived=true",
		keys: []string{"model", "full_name"},
		cost: "1 call", doc: "attributes of contacts, standard and custom; the standard ones have no id",
	},
	{
		name: "company_attributes", endpoint: "/data_attributes", items: "data", params: "model=company&include_archived=true",
		keys: []string{"model", "full_name"},
		cost: "1 call", doc: "attributes of companies, standard and custom",
	},
	{
		name: "conversation_attributes", endpoint: "/conversations/attributes", items: "data", params: "include_archived=true",
		keys: []string{"id"},
		cost: "1 call", doc: "custom attributes of conversations; their names need not be unique",
	},
	{
		name: "companies", dialect: scroll, endpoint: "/companies/scroll", items: "data", probe: "/companies",
		keys: []string{"id"}, bookmark: "updated_at",
		cost: "1 call per 100 companies of the workspace", doc: "companies, those without users too; all are read, the changed ones are sent",
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
		name: "contacts", dialect: search, endpoint: "/contacts/search", items: "data", sortedByDoc: true,
		keys: []string{"id"}, bookmark: "updated_at",
		cost: "1 call per 150 rows", doc: "users and leads",
	},
	{
		name: "contact_tags", parent: "contacts", dialect: embedded, within: "tags.data",
		endpoint: "/contacts/{id}/tags", items: "data", when: hasMore,
		ofID: "contact_id", ofTime: "contact_updated_at", idAs: "tag_id", refs: true,
		keys: []string{"contact_id", "tag_id"}, bookmark: "contact_updated_at",
		cost: "1 call per contact with more than 10", doc: "tags of contacts",
	},
	{
		name: "contact_companies", parent: "contacts", dialect: embedded, within: "companies.data",
		endpoint: "/contacts/{id}/companies", items: "companies", when: hasMore, perPage: 60,
		ofID: "contact_id", ofTime: "contact_updated_at", idAs: "company_id", refs: true,
		keys: []string{"contact_id", "company_id"}, bookmark: "contact_updated_at",
		cost: "1 call per contact with more than 10", doc: "companies of contacts",
	},
	{
		name: "contact_notes", parent: "contacts", dialect: embedded, within: "notes.data",
		endpoint: "/contacts/{id}/notes", items: "data", when: notNone, perPage: 60,
		ofID: "contact_id", ofTime: "contact_updated_at",
		keys: []string{"id"}, bookmark: "contact_updated_at",
		cost: "1 call per contact with notes", doc: "notes on contacts, with body and author",
	},
	{
		name: "conversations", dialect: search, endpoint: "/conversations/search", items: "conversations",
		keys: []string{"id"}, bookmark: "updated_at",
		cost: "1 call per 150 rows", doc: "conversations with their first message, statistics and rating",
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
		name: "conversation_parts", parent: "conversations", dialect: detail, within: "conversation_parts.conversation_parts",
		endpoint: "/conversations/{id}",
		ofID:     "conversation_id", ofTime: "conversation_updated_at",
		keys: []string{"conversation_id", "id"}, bookmark: "conversation_updated_at",
		cost: "1 call per conversation", doc: "replies, notes and events with their attachments; the 500 newest of a conversation, the API gives no more",
	},
	{
		name: "tickets", dialect: search, endpoint: "/tickets/search", items: "tickets",
		keys: []string{"id"}, bookmark: "updated_at",
		cost: "1 call per 150 rows", doc: "tickets with their type and state",
	},
	{
		name: "ticket_parts", parent: "tickets", dialect: embedded, within: "ticket_parts.ticket_parts",
		ofID: "ticket_id", ofTime: "ticket_updated_at",
		keys: []string{"ticket_id", "id"}, bookmark: "ticket_updated_at",
		cost: "free", doc: "replies, notes and events of tickets; the 500 newest of a ticket",
	},
}

// streamNamed returns a row of the table, nil when there is none.
func streamNamed(name string) *stream {
	for i := range streams {
		if streams[i].name == name {
			return &streams[i]
		}
	}
	return nil
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
