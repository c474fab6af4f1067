package main

import "fmt"

// An amendment puts right what the description says of one property of one component.
type amendment struct {
	component string
	property  string
	change    change
	source    string // where it is known from
}

// recorded is the source of what the description leaves out and real answers have.
const recorded = "answers of API 2.11 and 2.16 that other connectors keep as snapshots"

// amendments holds every deviation from the description that the general rules do not make. "examples" are those in
// the 2.16 description itself, which carry fields and types that the schemas beside them do not declare.
var amendments = []amendment{
	{"contact", "opted_in_subscription_types", is(references), "examples of GET /contacts/{contact_id}"},
	{"contact", "opted_out_subscription_types", is(references), "examples of GET /contacts/{contact_id}"},
	{"contact", "utm_campaign", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact", "utm_content", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact", "utm_medium", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact", "utm_source", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact", "utm_term", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact", "referrer", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact", "enabled_push_messaging", is(boolean), "examples of GET /contacts/{contact_id}, null in all of them"},
	{"contact", "sms_consent", is(boolean), recorded},
	{"contact", "unsubscribed_from_sms", is(boolean), recorded},
	{"contact_location", "country_code", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact_location", "continent_code", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact_tags", "type", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact_notes", "type", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact_companies", "type", is(text), "examples of GET /contacts/{contact_id}"},
	{"contact_social_profiles", "type", is(text), "examples of GET /contacts/{contact_id}"},

	{"company", "monthly_spend", is(number), "example of GET /data_attributes: its data_type is float"},

	{"conversation_list_item", "topics", is(freeMap), "example of POST /conversations/search, where it is {}"},
	{"conversation_list_item", "ticket", is(freeMap), "example of POST /conversations/search, where it is null"},

	{"conversation_part", "translations", is(freeMap), recorded + "; the Preview describes it: a text for each locale"},
	{"ticket_part", "translations", is(freeMap), "the Preview describes it: a text for each locale"},
	// Rows of /conversations/attributes look like those of /data_attributes up to 2.11.
	{"conversation_attribute", "model", is(text), recorded},
	{"conversation_attribute", "full_name", is(text), recorded},
	{"conversation_attribute", "label", is(text), recorded},
	{"conversation_attribute", "custom", is(boolean), recorded},
	{"conversation_attribute", "api_writable", is(boolean), recorded},
	{"conversation_attribute", "ui_writable", is(boolean), recorded},
	{"conversation_attribute", "messenger_writable", is(boolean), recorded},

	{"ticket", "channel", is(text), recorded},
	// Up to 2.11 ticket_state is a text and the labels stand beside it.
	{"ticket", "ticket_state_internal_label", is(text), recorded},
	{"ticket", "ticket_state_external_label", is(text), recorded},
	{"ticket_type", "is_internal", is(boolean), "example of POST /tickets/search"},
	{"ticket_type_attribute_list", "ticket_type_attributes", isCalled("data"), "every example with ticket types in it"},
	// The types have a stream; each state repeats all of them, with their attributes.
	{"ticket_state_detailed", "ticket_types", is(freeMap), "example of GET /ticket_states"},

	// Each of the 114 types of activity has members of its own, and before and after are texts in the examples.
	{"activity_log", "metadata", is(freeMap), "examples of GET /admins/activity_logs, with members not described"},
	{"data_event_summary_item", "first", is(dateTime), "examples in the schema: ISO 8601"},
	{"data_event_summary_item", "last", is(dateTime), "examples in the schema: ISO 8601, with a blank at the end"},

	// A member for every language there is would make some 500 columns.
	{"article_list_item", "translated_content", is(freeMap), "schema article_translated_content: the locale is the key"},
	{"collection", "translated_content", is(freeMap), "schema group_translated_content: the locale is the key"},
	{"article_statistics", "conversations", is(integer), "example of GET /articles/{article_id}"},
	// The steps of a workflow nest without end: as columns they would be of no use.
	{"workflow_export", "workflow", has(jsonText, "targeting", "snapshot", "attributes", "embedded_rules"), "schema workflow_export: objects of no described members"},
	{"app", "secure", is(boolean), "example of GET /me"},
}

// A change amends the property called name of s.
type change func(s *schema, name string) error

// is gives a property the schema that make returns, where it stands when it is declared and at the end otherwise.
func is(make func() *schema) change {
	return func(s *schema, name string) error {
		if i := s.property(name); i >= 0 {
			s.properties[i].schema = make()
		} else {
			s.properties = append(s.properties, property{name, make()})
		}
		return nil
	}
}

// has gives members of a property that is an object the schema that make returns.
func has(make func() *schema, members ...string) change {
	return func(s *schema, name string) error {
		i := s.property(name)
		if i < 0 {
			return fmt.Errorf("no property %s", name)
		}
		for _, member := range members {
			j := s.properties[i].schema.property(member)
			if j < 0 {
				return fmt.Errorf("no property %s in %s", member, name)
			}
			s.properties[i].schema.properties[j].schema = make()
		}
		return nil
	}
}

// isCalled gives a declared property another name.
func isCalled(really string) change {
	return func(s *schema, name string) error {
		i := s.property(name)
		if i < 0 {
			return fmt.Errorf("no property %s to be called %s", name, really)
		}
		s.properties[i].name = really
		return nil
	}
}

// references returns a list of at most ten references and the way to the rest, as contacts embed them.
func references() *schema {
	reference := object(property{"type", text()}, property{"id", text()}, property{"url", text()})
	return object(
		property{"type", text()},
		property{"data", list(reference)},
		property{"url", text()},
		property{"total_count", integer()},
		property{"has_more", boolean()},
	)
}
