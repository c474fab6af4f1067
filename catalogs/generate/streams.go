package main

// A stream is one entry of the table below: a file in package catalogs.
type stream struct {
	name   string
	of     string     // the component whose objects the stream's records are; "" when it is built from the table alone
	parent parent     // what the records hang on
	idAs   string     // the name that the component's id takes, in a relation between two objects
	also   []property // what the component does not have
}

// streams lists the streams in the order in which the tap's documentation does.
var streams = []stream{
	{name: "admins", of: "admin"},
	{name: "teams", of: "team"},
	{name: "team_admins", parent: team, also: []property{{"admin_id", text()}}},
	{name: "tags", of: "tag_basic"},
	{name: "segments", of: "segment"},

	{name: "contacts", of: "contact"},
	// Contacts embed references with a url; the call for the rest of them gives tags without.
	{name: "contact_tags", of: "tag", parent: contact, idAs: "tag_id", also: []property{{"url", text()}}},
	{name: "contact_companies", of: "company_data", parent: contact, idAs: "company_id"},
	{name: "contact_notes", of: "note", parent: contact},

	{name: "companies", of: "company"},
	{name: "company_tags", of: "tag_basic", parent: company, idAs: "tag_id"},
	{name: "company_segments", of: "segment", parent: company, idAs: "segment_id"},

	{name: "conversations", of: "conversation_list_item"},
	{name: "conversation_contacts", of: "contact_reference", parent: conversation, idAs: "contact_id"},
	{name: "conversation_tags", of: "tag", parent: conversation, idAs: "tag_id"},
	{name: "conversation_teammates", of: "reference", parent: conversation, idAs: "teammate_id"},
	{name: "conversation_parts", of: "conversation_part", parent: conversation},

	{name: "tickets", of: "ticket"},
	{name: "ticket_parts", of: "ticket_part", parent: ticket},

	{name: "contact_attributes", of: "data_attribute"},
	{name: "company_attributes", of: "data_attribute"},
	{name: "conversation_attributes", of: "conversation_attribute"},
}

// A parent is what the records of a stream hang on. They begin with its id.
type parent struct {
	name    string
	updated bool   // it has an updated_at, which its children repeat so that a bookmark can follow them
	except  string // what else could be taken for its id
}

var (
	team         = parent{name: "team"}
	contact      = parent{name: "contact", updated: true}
	company      = parent{name: "company", updated: true, except: ", not its company_id"}
	conversation = parent{name: "conversation", updated: true}
	ticket       = parent{name: "ticket", updated: true, except: ", not its ticket_id"}
)

// properties returns the fields that stand before those of the record itself.
func (p parent) properties() []property {
	if p.name == "" {
		return nil
	}
	id := text().saying("The id of the " + p.name + " that this belongs to" + p.except + ".")
	fields := []property{{p.name + "_id", id}}
	if p.updated {
		updated := dateTime().saying("The updated_at of the " + p.name + " with which this was read.")
		fields = append(fields, property{p.name + "_updated_at", updated})
	}
	return fields
}
