package tap

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/catalogs"
	"intercomdw/tap-intercom/intercomtest"
)

// TestRecordedShapesHaveColumns passes rows in the shapes of recorded answers,
// with made-up values: all that is in them has a column, in the form that is
// documented.
func TestRecordedShapesHaveColumns(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		stream, in string
		want       string // parts of the record
	}{
		"admin": {"admins", `{"type":"admin","id":"11","name":"A","email":"a@x.example","job_title":"","away_mode_enabled":false,"away_mode_reassign":false,"has_inbox_seat":true,"team_ids":[21,22],"team_priority_level":{}}`,
			`"team_ids":["21","22"],"team_priority_level":{}`},
		"admin of one priority": {"admins", `{"type":"admin","id":"11","team_priority_level":{"primary_team_ids":[21]}}`, `{"primary_team_ids":["21"]}`},
		"tag":                   {"tags", `{"type":"tag","id":"7","name":"t"}`, ``},
		"team":                  {"teams", `{"type":"team","id":"21","name":"T","admin_ids":[11,12],"distribution_method":"manual"}`, `"admin_ids":["11","12"]`},
		"standard attribute": {"contact_attributes", `{"type":"data_attribute","name":"n","full_name":"n","label":"N","description":"d","data_type":"string","api_writable":false,"ui_writable":true,"messenger_writable":false,"custom":false,"archived":false,"model":"contact"}`,
			``},
		"attribute of companies": {"company_attributes", `{"type":"data_attribute","name":"n","full_name":"n","label":"N","description":"d","data_type":"string","api_writable":false,"ui_writable":true,"messenger_writable":false,"custom":false,"archived":false,"model":"company"}`, ``},
		"attribute of conversations, 2.16": {"conversation_attributes", `{"type":"conversation_attribute","id":31,"name":"n","description":null,"data_type":"list","required":false,"visible_to_team_ids":[21],"archived":false,"created_at":1700000000,"updated_at":1700000001,"admin_id":"11","multiline":false}`,
			`"id":"31","name":"n","description":null,"data_type":"list","required":false,"visible_to_team_ids":["21"]`},
		"attribute of conversations, 2.11": {"conversation_attributes", `{"type":"data_attribute","id":31,"name":"n","full_name":"n","label":"N","description":"d","data_type":"string","api_writable":true,"ui_writable":true,"messenger_writable":false,"custom":true,"archived":false,"model":"conversation"}`, ``},
		"contact": {"contacts", `{"type":"contact","id":"c1","workspace_id":"w","external_id":null,"role":"user","email":"c@x.example","phone":null,"name":"C","avatar":null,"owner_id":null,
			"social_profiles":{"type":"list","data":[]},"has_hard_bounced":false,"marked_email_as_spam":false,"unsubscribed_from_emails":false,"unsubscribed_from_sms":true,"sms_consent":false,"created_at":1700000000,"updated_at":1700000001,
			"signed_up_at":4102444800,"last_seen_at":null,"last_replied_at":null,"last_contacted_at":null,"last_email_opened_at":null,"last_email_clicked_at":null,"language_override":null,"browser":null,"browser_version":null,
			"browser_language":null,"os":null,"email_domain":"x.example","enabled_push_messaging":null,"android_app_name":null,"android_app_version":null,"android_device":null,"android_os_version":null,"android_sdk_version":null,
			"android_last_seen_at":null,"ios_app_name":null,"ios_app_version":null,"ios_device":null,"ios_os_version":null,"ios_sdk_version":null,"ios_last_seen_at":null,"utm_campaign":null,"utm_content":null,"utm_medium":null,
			"utm_source":null,"utm_term":null,"referrer":null,"custom_attributes":{},
			"location":{"type":"location","country":null,"region":null,"city":null,"country_code":null,"continent_code":null},
			"tags":{"type":"list","data":[{"id":"7","type":"tag","url":"/tags/7"}],"url":"/contacts/c1/tags","total_count":4,"has_more":false},
			"notes":{"type":"list","data":[],"url":"/n","total_count":0,"has_more":false},"companies":{"type":"list","data":[{"id":"k1","type":"company","url":"/companies/k1"}],"url":"/k","total_count":1,"has_more":false},
			"opted_out_subscription_types":{"type":"list","data":[],"url":"/s","total_count":0,"has_more":false},"opted_in_subscription_types":{"type":"list","data":[],"url":"/s","total_count":0,"has_more":false}}`,
			`"unsubscribed_from_sms":true,"sms_consent":false,"created_at":"2023-11-14T22:13:20Z","updated_at":"2023-11-14T22:13:21Z","signed_up_at":"2100-01-01T00:00:00Z"`},
		"conversation, 2.16": {"conversations", `{"type":"conversation","id":"41","created_at":1700000000,"updated_at":1700000001,"waiting_since":null,"snoozed_until":null,
			"source":{"type":"unknown","id":1,"delivered_as":"automated","subject":null,"body":null,"author":{"type":"bot","id":"51","name":null,"email":""},"attachments":[],"url":null,"redacted":false},
			"contacts":{"type":"contact.list","contacts":[{"type":"contact","id":"c1","external_id":null}]},"first_contact_reply":null,"admin_assignee_id":0,"team_assignee_id":0,"open":false,"state":"closed","read":true,
			"tags":{"type":"tag.list","tags":[]},"priority":"none","sla_applied":null,
			"statistics":{"type":"conversation_statistics","time_to_assignment":null,"last_closed_by_id":991,"count_reopens":0,"count_conversation_parts":11,"assigned_team_first_response_time":[],"assigned_team_first_response_time_in_office_hours":[]},
			"conversation_rating":null,"teammates":{"type":"admin.list","admins":[{"type":"admin","id":"11"}]},"title":null,"custom_attributes":{"Copilot used":false},
			"topics":{"type":"topic.list","topics":[],"total_count":0},"ticket":null,"linked_objects":{"type":"list","data":[],"total_count":0,"has_more":false},"ai_agent":null,"ai_agent_participated":false,
			"channel":{"initial":"email","current":"email"},"company":null,"sales_agent":null,"sales_agent_participated":false}`,
			`"admin_assignee_id":null,"team_assignee_id":null|"last_closed_by_id":"991"|"teammates":{"type":"admin.list","teammates":[{"type":"admin","id":"11"}]}|"source":{"type":"unknown","id":"1"`},
		"conversation, 2.11": {"conversations", `{"type":"conversation","id":"41","created_at":1700000000,"updated_at":1700000001,"admin_assignee_id":null,"team_assignee_id":null,"priority":"not_priority","source":null,"statistics":null,"teammates":null}`,
			`"admin_assignee_id":null,"team_assignee_id":null,"priority":"not_priority","source":null`},
		"conversation part": {"conversation_parts", `{"type":"conversation_part","id":"61","part_type":"comment","body":"b","created_at":1700000000,"updated_at":1700000000,"notified_at":1700000000,"assigned_to":null,
			"author":{"type":"bot","id":"51","name":null,"email":"","from_ai_agent":true,"is_ai_answer":false},"attachments":[],"external_id":null,"redacted":false,"email_message_metadata":null,"metadata":{},"translations":null,
			"state":"open","tags":[],"event_details":{},"app_package_code":"x"}`, `"metadata":{},"translations":null,"state":"open","tags":[],"event_details":{}`},
		"ticket, 2.11": {"tickets", `{"type":"ticket","id":"71","ticket_id":"1","category":"request","ticket_attributes":{"Amount":"43","Order number":"5","Supporting evidence":[],"_default_title_":"t","_default_description_":""},
			"ticket_state":"submitted","ticket_state_internal_label":"New","ticket_state_external_label":"Sent",
			"ticket_type":{"type":"ticket_type","id":"81","name":"n","description":"d","icon":"i","workspace_id":"w","archived":false,"created_at":1700000000,"updated_at":1700000000,"is_internal":false,"category":"request",
			"ticket_type_attributes":{"type":"list","data":[{"type":"ticket_type_attribute","id":"91","workspace_id":"w","name":"n","description":"","data_type":"string","input_options":{"multiline":false},"order":0,"required_to_create":false,
			"required_to_create_for_contacts":false,"visible_on_create":true,"visible_to_contacts":true,"default":true,"ticket_type_id":81,"archived":false,"created_at":1700000000,"updated_at":1700000000}]}},
			"contacts":{"type":"contact.list","contacts":[]},"admin_assignee_id":"0","team_assignee_id":"0","created_at":1700000000,"updated_at":1700000000,"open":true,"is_shared":false,
			"linked_objects":{"type":"list","data":[],"total_count":0,"has_more":false},
			"ticket_parts":{"type":"ticket_part.list","ticket_parts":[{"type":"ticket_part","id":"101","part_type":"ticket_state_updated_by_admin","ticket_state":"submitted","previous_ticket_state":"submitted","created_at":1700000000,"updated_at":1700000158,
			"author":{"type":"admin","id":"11","name":null,"email":""},"attachments":[],"redacted":false,"assigned_to":{"type":"admin","id":"11"}}],"total_count":1}}`,
			`"ticket_state":{"category":"submitted"},"ticket_state_internal_label":"New"|"admin_assignee_id":null,"team_assignee_id":null|"Amount":"43"|"input_options":{"multiline":false}|"ticket_type_id":"81"`},
		"ticket, 2.16": {"tickets", `{"type":"ticket","id":"71","ticket_state":{"type":"ticket_state","id":"111","category":"resolved","internal_label":"Done","external_label":"Done"},"previous_ticket_state_id":"110","channel":"email","admin_assignee_id":11,"team_assignee_id":0}`,
			`"channel":"email","admin_assignee_id":"11","team_assignee_id":null|"ticket_state":{"type":"ticket_state","id":"111","category":"resolved"`},
		"segment": {"segments", `{"type":"segment","id":"s1","name":"n","created_at":1700000000,"updated_at":1700000000,"person_type":"user","count":3}`, `"count":3`},
		"company": {"companies", `{"type":"company","id":"k1","company_id":"123456789012345678901234","app_id":"w","name":"K","created_at":1700000000,"updated_at":1700000000,"monthly_spend":0,"session_count":0,"user_count":1,"size":null,"plan":{},
			"tags":{"type":"tag.list","tags":[{"type":"tag","id":"7","name":"t"}]},"segments":{"type":"segment.list","segments":[]},"notes":{"type":"note.list","data":[]},"custom_attributes":{}}`,
			`"company_id":"123456789012345678901234"|"plan":{}|"notes":{"type":"note.list","notes":[]}`},
		"company of a long number": {"companies", `{"type":"company","id":"k1","company_id":123456789012345678901234}`, `"company_id":"123456789012345678901234"`},
		"activity": {"activity_logs", `{"id":"l1","performed_by":{"type":"admin","id":"11","email":"a@x.example","ip":"192.0.2.1"},"metadata":{"before":{"assignee_blocked_list":null},"after":"x"},"created_at":1700000000,"activity_type":"t","activity_description":null}`,
			`"metadata":{"before":{"assignee_blocked_list":null},"after":"x"}`},
		"attribute of a ticket type": {"ticket_type_attributes", `{"type":"ticket_type_attribute","id":"91","input_options":null,"ticket_type_id":81}`, `"input_options":null,"ticket_type_id":"81"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schema, err1 := catalogs.Schema(tt.stream)
			e, err2 := streamNamed(tt.stream).entry(jsontext.Value(schema))
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			for i := range e.Metadata { // lists that have a stream, too
				e.Metadata[i].SelectedByDefault = nil
			}
			o, err := newOutput(streamNamed(tt.stream), e, false)
			if err != nil {
				t.Fatal(err)
			}
			record, err := o.transform.record(jsontext.Value(tt.in), o.idAs)
			if err == nil {
				err = newJudge(t, o.schema).validate(record)
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, record)
			}
			if found, err := pick(record, extraField); err != nil || len(found[0]) > 0 {
				t.Errorf("without a column: %s", found[0])
			}
			for part := range strings.SplitSeq(tt.want, "|") {
				if !strings.Contains(string(record), part) {
					t.Errorf("no %s in %s", part, record)
				}
			}
		})
	}
}

// TestRecordedShapesMakeTheSameRows: of what a workspace holds the tap makes the
// same, whatever form the answers have.
func TestRecordedShapesMakeTheSameRows(t *testing.T) {
	t.Parallel()
	read := func(t *testing.T, form intercomtest.Shapes, version string) map[string]int {
		w := newWorld(t, intercomtest.Options{Contacts: 14, Companies: 6, Conversations: 9, Tickets: 6, Shapes: form})
		w.relate(t)
		x := w.must(t, command{settings: settings{"api_version": version, "select": []string{"*"}}})
		wantValid(t, x.msgs)
		if strings.Contains(x.stderr, "values are lost") || strings.Contains(x.stderr, "a list came in a shape") {
			t.Errorf("the log complains\n%s", x.stderr)
		}
		return x.counts()
	}
	want := map[string]map[string]int{"2.11": read(t, intercomtest.Described, "2.11"), "2.16": read(t, intercomtest.Described, "2.16")}
	for name, form := range shapes {
		for version := range want {
			if form == intercomtest.Described || (version == "2.11" && form != intercomtest.Recorded) {
				continue
			}
			t.Run(name+", "+version, func(t *testing.T) {
				t.Parallel()
				if got := read(t, form, version); !maps.Equal(got, want[version]) {
					t.Errorf("rows %v, want %v", got, want[version])
				}
			})
		}
	}
}
