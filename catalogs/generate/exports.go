package main

// contentExports are the files of a content export, one stream each. Their
// columns are those of Intercom's reference (receipts, clicks: "Downloading the
// data", API 2.6) and of exports that others have loaded (schemas of
// dext/tap-intercom, receipt_response of Fivetran); for other files nobody has
// written down the columns.
func contentExports() []stream {
	at := func(name string) property { return property{name, dateTime()} }
	t := func(name string) property { return property{name, text()} }
	receipt := []property{
		t("receipt_id"), t("content_id"), t("ruleset_id"), at("received_at"), t("user_id"), t("user_external_id"), t("company_id"), t("company_external_id"),
		t("email"), t("name"), t("content_type"), t("content_title"), t("created_via"), t("device"), t("ruleset_version_id"), t("conversation_id"),
		t("series_id"), t("series_title"), t("node_id"),
	}
	for _, what := range firsts {
		receipt = append(receipt, at("first_"+what))
	}
	export := func(kind string, columns ...property) stream {
		return stream{name: "content_export__" + kind, also: columns}
	}
	// What happened to a message has no id: row_id is made from the row.
	event := func(kind string, columns ...property) stream {
		return export(kind, append([]property{t("row_id"), t("receipt_id")}, columns...)...)
	}
	return []stream{
		export("receipt", receipt...),
		event("reply", at("replied_at")),
		event("completion", at("completed_at")),
		event("series_completion", at("completed_at"), t("completion_node_ruleset_id")),
		event("series_disengagement", at("disengaged_at"), t("disengaged_node_ruleset_id")),
		event("series_exit", at("exited_at")),
		event("goal_success", at("goal_hit_at")),
		event("tour_step_view", t("step_id"), at("viewed_at")),
		event("tour_step_failure", t("step_id"), t("failed_selector"), t("failure_url"), at("failed_at")),
		event("reaction", at("reacted_at"), t("reaction")),
		event("open", at("opened_at")),
		event("click", at("clicked_at"), t("link_type"), t("url")),
		event("dismissal", at("dismissed_at")),
		event("unsubscribe", at("unsubscribed_at")),
		event("hard_bounce", at("hard_bounced_at")),
		event("soft_bounce", at("soft_bounced_at")),
		event("answer", at("answered_at"), t("question_id"), t("question"), t("response_type"), t("response")),
		event("fin_step_reached", at("involved_at"), t("content_id"), t("content_type"), t("ruleset_id"), t("conversation_id")),
		export("checkpoint", t("series_entry_record_id"), t("ruleset_id"), t("user_id"), t("company_id"), t("status_code"), t("status_name"),
			at("created_at"), at("last_processed_at"), at("expires_at"), property{"times_processed", integer()}),
		export("other", t("kind"), t("row_id"), t("receipt_id"), at("exported_until"), property{"columns", jsonText()}),
	}
}

// firsts are what a receipt tells the first time of.
var firsts = []string{
	"reply", "completion", "series_completion", "series_disengagement", "series_exit", "goal_success", "tour_step_failure", "tour_step_view",
	"reaction", "open", "click", "dismissal", "collected_email", "unsubscribe", "hard_bounce", "soft_bounce", "spam_complaint", "permission_grant",
	"button_tap", "screen_view", "webhook_failure", "sms_failure", "whatsapp_failure", "push_failure", "answer", "keyword_reply",
	"people_reached_receipt", "checklist_step_receipt", "checklist_step_open", "checklist_step_click", "checklist_step_completion",
	"fin_helpful_answer", "fin_step_reached",
}
