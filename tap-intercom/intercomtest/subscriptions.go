package intercomtest

import "strconv"

// Subscription types.
//
// Behaviour: no paging. What a contact chose stands with the contact.

var subscriptionRoutes = []route{
	{pattern: "GET /subscription_types", handle: listSubscriptionTypes},
}

func listSubscriptionTypes(s *Server, _ *request) answer {
	var w writer
	w.value("type", "list")
	w.list("data", s.ws.subs.wires())
	return ok(w.object())
}

func (ws *workspace) generateSubscriptions(Options) {
	for i, name := range []string{"Newsletter", "Product news", "Outages"} {
		translation := Object{"name": name, "description": "All about " + name, "locale": "en"}
		ws.subs.add(newRecord(ws.next(), Object{
			"type": "subscription", "id": strconv.Itoa(90 + i), "state": []string{"live", "live", "archived"}[i],
			"consent_type": []string{"opt_out", "opt_in", "opt_out"}[i], "default_translation": translation,
			"translations":  []Object{translation, {"name": name + " (fr)", "description": "Tout sur «" + name + "»", "locale": "fr"}},
			"content_types": []string{"email"},
		}))
	}
}
