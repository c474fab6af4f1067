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

	{name: "workspace", of: "app"},
	{name: "subscription_types", of: "subscription_type"},
	{name: "ticket_types", of: "ticket_type"},
	{name: "ticket_type_attributes", of: "ticket_type_attribute"},
	{name: "ticket_states", of: "ticket_state_detailed"},
	{name: "away_status_reasons", of: "away_status_reason"},
	{name: "brands", of: "brand"},
	{name: "emails", of: "email_setting"},
	{name: "office_hours_schedules", of: "office_hours_schedule"},
	{name: "office_hours_exceptions", of: "office_hours_exception"},
	{name: "audiences", of: "audience"},
	{name: "macros", of: "macro"},
	{name: "data_connectors", of: "data_connector"},
	{name: "data_connector_executions", of: "data_connector_execution_result"},
	{name: "activity_logs", of: "activity_log"},
	{name: "activity_log_event_types", also: []property{{"event_type", text()}}},

	{name: "help_centers", of: "help_center"},
	{name: "redirects", of: "help_center_redirect"},
	{name: "collections", of: "collection"},
	{name: "articles", of: "article_list_item"},
	{name: "article_statistics", of: "article_statistics", parent: article},
	{name: "article_versions", of: "article_version"},
	{name: "article_version_contents", of: "article_version", also: []property{{"article_updated_at", dateTime()}}},
	{name: "article_drafts", of: "article_list_item", parent: article},
	{name: "internal_articles", of: "internal_article_list_item"},
	{name: "folders", of: "folder"},
	{name: "content_snippets", of: "content_snippet"},
	{name: "ai_content_import_sources", of: "content_import_source"},
	{name: "ai_external_pages", of: "external_page"},
	{name: "news_items", of: "news_item"},
	{name: "newsfeeds", of: "newsfeed"},
	{name: "newsfeed_items", of: "news_item", parent: newsfeed},

	{name: "contact_segments", of: "segment", parent: contact, idAs: "segment_id"},
	{name: "contact_subscriptions", of: "subscription_type", parent: contact, idAs: "subscription_type_id"},
	{name: "contact_merge_history", of: "merge_history_item", parent: contact},
	{name: "contact_events", of: "data_event", parent: contact},
	{name: "contact_event_summaries", of: "data_event_summary_item", parent: contact},
	{name: "contact_activities", of: "contact_activity"},
	{name: "company_contacts", of: "contact_reference", parent: company, idAs: "contact_id"},
	{name: "company_notes", of: "company_note", parent: company},
	{name: "conversation_linked_objects", of: "linked_object", parent: conversation, idAs: "linked_object_id"},
	// Attachments have no id: they are told apart by their place in the list, from 0.
	{name: "conversation_attachments", of: "part_attachment", parent: conversation, also: []property{{"ordinal", integer()}}},
	{name: "conversation_part_attachments", of: "part_attachment", parent: conversation,
		also: []property{{"conversation_part_id", text()}, {"ordinal", integer()}}},
	// Handling events have no id either: what makes their key stands at the top, the place counts those that are alike.
	{name: "handling_events", of: "handling_event", parent: conversation, also: []property{{"teammate_id", text()}, {"ordinal", integer()}}},
	{name: "side_conversations", of: "side_conversation_summary", parent: conversation},
	{name: "side_conversation_parts", of: "conversation_part", parent: conversation,
		also: []property{{"side_conversation_id", text()}}},
	{name: "conversation_monitor_evaluations", of: "conversation_monitor_evaluation", parent: conversation, also: []property{{"ordinal", integer()}}},
	{name: "conversation_scorecards", of: "conversation_scorecard", parent: conversation, also: []property{{"ordinal", integer()}}},
	{name: "deleted_conversations", of: "deleted_conversation_item"},
	{name: "ticket_contacts", of: "contact_reference", parent: ticket, idAs: "contact_id"},
	{name: "ticket_linked_objects", of: "linked_object", parent: ticket, idAs: "linked_object_id"},

	{name: "calls", of: "call"},
	// POST /calls/search describes these two beside the call, without a component of their own.
	{name: "call_transcripts", parent: call, also: []property{
		{"conversation_id", text()}, {"transcript", list(freeMap())}, {"transcript_status", text()},
	}},
	{name: "custom_objects", of: "custom_object_instance"},
	// What GET /messages/status lists is described in place; its example has user_id too.
	{name: "message_statuses", also: []property{
		{"ruleset_id", text()}, {"id", text()}, {"conversation_id", text()}, {"user_id", text()}, {"status", text()}, {"type", text()},
		{"created_at", dateTime()}, {"updated_at", dateTime()}, {"whatsapp_message_id", text()}, {"template_name", text()},
	}},
	// The columns of a data set are the workspace's own.
	{name: "reporting", also: []property{{"row_id", text()}, {"exported_until", dateTime()}}},
	{name: "workflow_exports", of: "workflow_export", parent: workflow},
	{name: "team_metrics", of: "team_metric", parent: team},
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
	article      = parent{name: "article", updated: true}
	call         = parent{name: "call", updated: true}
	workflow     = parent{name: "workflow"}
	newsfeed     = parent{name: "newsfeed", updated: true}
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
