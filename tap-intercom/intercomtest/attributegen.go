package intercomtest

import (
	"slices"
	"strings"
)

// customName has 190 characters, the most that Intercom takes.
var customName = strings.Repeat("annual contract value including all add-ons and one-off services ", 3)[:190]

// A customAttribute is one that the workspace's users made up.
type customAttribute struct {
	name, dataType string
	options        []string
	archived       bool
}

var contactCustom = []customAttribute{
	{name: "plan tier", dataType: "string", options: []string{"free", "pro", "Enterprise"}},
	{name: "Plan Tier", dataType: "string"},
	{name: "seats", dataType: "integer"},
	{name: "mrr.usd", dataType: "float"},
	{name: "is_vip", dataType: "boolean"},
	{name: "Trial ends", dataType: "date"},
	{name: "🎂 birthday", dataType: "string"},
	{name: "Größe (cm)", dataType: "float"},
	{name: "select", dataType: "string"},
	{name: customName, dataType: "float"},
	{name: "old score", dataType: "integer", archived: true},
}

var companyCustom = []customAttribute{
	{name: "Account owner", dataType: "string"},
	{name: "account_owner", dataType: "string"},
	{name: "contract_value", dataType: "float"},
	{name: "renewal", dataType: "date"},
	{name: "paying", dataType: "boolean"},
	{name: "tax id", dataType: "string"},
	{name: "licences", dataType: "integer"},
}

func attributeKey(model, fullName string) string { return model + "/" + fullName }

func (ws *workspace) generateAttributes(o Options) {
	for _, a := range standardAttributes {
		ws.attributes.add(newRecord(ws.next(), Object{
			"id": attributeKey(a.model, a.fullName), "type": "data_attribute", "model": a.model,
			"name": a.fullName[strings.LastIndex(a.fullName, ".")+1:], "full_name": a.fullName, "label": a.label,
			"description": "", "data_type": a.dataType, "api_writable": a.writable, "ui_writable": false,
			"messenger_writable": true, "custom": false, "archived": false,
		}))
	}
	n := 30
	for _, m := range []struct {
		model string
		list  []customAttribute
	}{{"contact", contactCustom}, {"company", companyCustom}} {
		for _, a := range m.list {
			g := newGen(o.Seed, "attribute", n)
			created, updated := g.history(n)
			n++
			row := Object{
				"id": attributeKey(m.model, "custom_attributes."+a.name), "number": n, "type": "data_attribute", "model": m.model,
				"name": a.name, "full_name": "custom_attributes." + a.name, "label": a.name, "description": g.sentence(),
				"data_type": a.dataType, "api_writable": true, "ui_writable": true, "messenger_writable": false, "custom": true,
				"archived": a.archived, "created_at": created, "updated_at": updated, "admin_id": text(adminID(n % admins)),
			}
			if a.options != nil {
				row["options"] = a.options
			}
			ws.attributes.add(newRecord(ws.next(), row))
		}
	}
	ws.generateConversationAttributes(o)
}

func (ws *workspace) generateConversationAttributes(o Options) {
	option := func(g gen, label string, archived bool) Object {
		return Object{"id": g.uuid(), "label": label, "archived": archived}
	}
	for i, a := range []Object{
		{"name": "Severity", "data_type": "list"},
		{"name": "severity", "data_type": "string", "multiline": false},
		{"name": "Order no.", "data_type": "integer"},
		{"name": "Order no.", "data_type": "string", "multiline": true},
		{"name": "Amount", "data_type": "decimal"},
		{"name": "Due", "data_type": "datetime"},
		{"name": "Escalated?", "data_type": "boolean"},
		{"name": "Orders", "data_type": "relationship", "reference": Object{"type": "many", "object_type_id": "order"}},
		{"name": "Evidence", "data_type": "files"},
		{"name": "Old field", "data_type": "string", "multiline": false, "archived": true},
	} {
		g := newGen(o.Seed, "conversation attribute", i)
		created, updated := g.history(i)
		row := merge(Object{
			"type": "conversation_attribute", "id": 3 + 2*i, "description": "", "required": i == 0, "visible_to_team_ids": []string{},
			"archived": false, "created_at": created, "updated_at": updated, "admin_id": text(adminID(i % admins)),
		}, a)
		if a["data_type"] == "list" {
			row["options"] = []Object{option(g, "low", false), option(g, "high, very", false), option(g, "", true)}
		}
		ws.convAttrs.add(newRecord(ws.next(), row))
	}
}

type standardAttribute struct {
	model, fullName, label, dataType string
	writable                         bool
}

var standardAttributes = slices.Concat(
	standard("contact", "string", "id", "role", "workspace_id", "browser", "browser_version", "browser_language", "os",
		"location.country", "location.region", "location.city", "referrer", "utm_campaign"),
	writableStandard("contact", "string", "name", "email", "phone", "external_id", "owner_id", "language_override"),
	standard("contact", "boolean", "has_hard_bounced", "marked_email_as_spam"),
	writableStandard("contact", "boolean", "unsubscribed_from_emails"),
	standard("contact", "date", "created_at", "updated_at", "last_seen_at", "last_contacted_at", "last_replied_at",
		"last_email_opened_at", "last_email_clicked_at"),
	writableStandard("contact", "date", "signed_up_at"),
	standard("company", "string", "id", "company_id", "app_id", "plan.id", "plan.name"),
	writableStandard("company", "string", "name", "industry", "website"),
	standard("company", "integer", "user_count", "session_count"),
	writableStandard("company", "integer", "size"),
	writableStandard("company", "float", "monthly_spend"),
	standard("company", "date", "created_at", "updated_at", "last_request_at"),
	writableStandard("company", "date", "remote_created_at"),
)

func standard(model, dataType string, names ...string) []standardAttribute {
	var out []standardAttribute
	for _, name := range names {
		out = append(out, standardAttribute{model, name, strings.ReplaceAll(name, "_", " "), dataType, false})
	}
	return out
}

func writableStandard(model, dataType string, names ...string) []standardAttribute {
	out := standard(model, dataType, names...)
	for i := range out {
		out[i].writable = true
	}
	return out
}
