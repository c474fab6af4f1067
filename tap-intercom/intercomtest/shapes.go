package intercomtest

import (
	"encoding/json"
	"maps"
	"strings"
)

// Shapes say in which form answers come that hold the same.
type Shapes int

// The forms of answers. The description and the service differ, and the service
// differs from itself by version and by workspace.
const (
	// Described is the form of the OpenAPI description.
	Described Shapes = iota

	// Recorded is that of answers of the service which other connectors keep as
	// snapshots (API 2.11 and 2.16): teammates are admins of an admin.list, topics
	// a topic.list, notes of companies stand under data, tags of contacts count
	// more than there are; up to 2.11 the state of a ticket is a text with its
	// labels beside it, and "0" is the nobody that a ticket is assigned to.
	Recorded

	// Named, UnderData and Bare put all lists within rows into one wrapping:
	// {"type": "tag.list", "tags": […]}, {"type": "list", "data": […]} or […]. A
	// list that was cut off is never bare, because it must say so.
	Named
	UnderData
	Bare
)

// reshape gives the body of an answer in the form of the server's options.
func (s *Server) reshape(body []byte, v version) []byte {
	if s.options.Shapes == Described || len(body) == 0 || body[0] != '{' {
		return body
	}
	rs := reshaper{s.options.Shapes, v}
	o := decode(body)
	if _, row := o["id"]; row {
		return encode(rs.row(o))
	}
	for name, member := range o {
		if rows, ok := member.([]any); ok {
			o[name] = rs.rows(rows)
		}
	}
	return encode(o)
}

type reshaper struct {
	Shapes
	version version
}

func (rs reshaper) rows(rows []any) []any {
	out := make([]any, len(rows))
	for i, row := range rows {
		out[i] = row
		if o := asObject(row); o != nil {
			out[i] = rs.row(o)
		}
	}
	return out
}

// row reshapes the lists within a row, and within what it consists of.
func (rs reshaper) row(o Object) Object {
	out := Object{}
	for name, v := range o {
		out[name] = rs.member(name, v)
	}
	if rs.Shapes == Recorded {
		rs.record(out)
	}
	return out
}

func (rs reshaper) member(name string, v any) any {
	switch name {
	case "custom_attributes", "ticket_attributes", "metadata", "event_details": // what is in them is not the API's
		return v
	}
	if rows, ok := v.([]any); ok {
		if len(rows) > 0 && asObject(rows[0]) == nil || rs.Shapes != UnderData && rs.Shapes != Named {
			return rs.rows(rows)
		}
		return rs.list(name, Object{}, rs.rows(rows))
	}
	o := asObject(v)
	if o == nil {
		return v
	}
	held, rows := "", []any(nil)
	for inner, v := range o {
		switch inner {
		case "type", "url", "total_count", "has_more":
			continue
		}
		list, ok := v.([]any)
		if !ok || held != "" {
			return rs.row(o)
		}
		held, rows = inner, list
	}
	if held == "" {
		return rs.row(o)
	}
	if held == "data" {
		held = name
	}
	return rs.list(held, o, rs.rows(rows))
}

// list is a wrapped list of what is called held, anew.
func (rs reshaper) list(held string, was Object, rows []any) any {
	one, _ := strings.CutSuffix(held, "s")
	if base, ok := strings.CutSuffix(held, "ies"); ok {
		one = base + "y"
	}
	out := maps.Clone(was)
	maps.DeleteFunc(out, func(_ string, v any) bool { _, list := v.([]any); return list })
	switch rs.Shapes {
	case Named:
		out["type"], out[one+"s"] = one+".list", rows
		if one+"s" != held {
			delete(out, one+"s")
			out[held] = rows
		}
	case UnderData:
		out["type"], out["data"] = "list", rows
	case Bare:
		if out["has_more"] != true {
			return rows
		}
		fallthrough
	default:
		for name, v := range was {
			if _, list := v.([]any); list {
				out[name] = rows
			}
		}
	}
	return out
}

// record gives a row the form that it has in recordings.
func (rs reshaper) record(o Object) {
	switch o["type"] {
	case "conversation":
		admins := []any{}
		if t := asObject(o["teammates"]); t != nil {
			admins = asList(t["teammates"])
		}
		o["teammates"] = Object{"type": "admin.list", "admins": admins}
		o["topics"] = Object{"type": "topic.list", "topics": []any{}, "total_count": 0}
		if _, has := o["company"]; !has {
			o["company"] = nil
		}
	case "company":
		o["notes"] = Object{"type": "note.list", "data": []any{}}
	case "contact":
		if tags := asObject(o["tags"]); tags != nil && tags["has_more"] == false && len(asList(tags["data"])) > 0 {
			tags["total_count"] = len(asList(tags["data"])) + 3
		}
	case "ticket":
		if rs.version > 211 {
			return
		}
		for _, of := range []string{"admin_assignee_id", "team_assignee_id"} {
			if nobody := o[of]; nobody == nil || nobody == json.Number("0") {
				o[of] = "0"
			}
		}
		if state := asObject(o["ticket_state"]); state != nil {
			o["ticket_state"] = state["category"]
			o["ticket_state_internal_label"], o["ticket_state_external_label"] = state["internal_label"], state["external_label"]
		}
	}
}
