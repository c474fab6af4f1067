package intercomtest

import (
	"slices"
	"strconv"
	"strings"
)

func (ws *workspace) generateContacts(o Options) {
	for i := range o.Contacts {
		g := newGen(o.Seed, "contact", i)
		c := &contact{record: newRecord(ws.next(), ws.makeContact(g, i))}
		ws.furnish(g, c, i)
		if i%10 == 6 {
			ws.mergedBefore(newGen(o.Seed, "merges", i), c)
		}
		ws.contacts.add(c)
	}
}

func (ws *workspace) makeContact(g gen, i int) Object {
	created, updated := g.history(i)
	if i%29 == 7 { // on the edges of a day in Los Angeles
		updated = max(created, unixTime("2025-11-02T00:00:00-07:00")-int64(i%2))
	}
	name, email := g.person()
	_, domain, _ := strings.Cut(email, "@")
	seen := func(n int) any { return maybe(g, n, g.between(created, updated)) }
	place := pick(g, cities)
	id := g.objectID()
	options := func() Object {
		return Object{"type": "list", "data": []any{}, "url": "/contacts/" + id + "/subscriptions", "total_count": 0, "has_more": false}
	}
	row := Object{
		"type": "contact", "id": id, "workspace_id": ws.appID, "external_id": maybe(g, 4, "user-"+strconv.Itoa(i)),
		"role": []string{"user", "user", "lead"}[i%3], "email": maybe(g, 12, email), "email_domain": domain,
		"phone": maybe(g, 2, "+49"+strconv.Itoa(g.IntN(1e9))), "name": maybe(g, 15, name), "owner_id": maybe(g, 2, text(adminID(g.IntN(admins)))),
		"avatar":          maybe(g, 3, Object{"type": "avatar", "image_url": "https://static.intercomassets.example/a/" + g.hex(8) + ".png"}),
		"social_profiles": Object{"type": "list", "data": []any{}}, "has_hard_bounced": g.one(30), "marked_email_as_spam": g.one(50),
		"unsubscribed_from_emails": g.one(10), "created_at": created, "updated_at": updated, "signed_up_at": seen(3), "last_seen_at": seen(3),
		"last_replied_at": seen(2), "last_contacted_at": seen(2), "last_email_opened_at": seen(2), "last_email_clicked_at": seen(2),
		"language_override": maybe(g, 2, "en"), "browser": maybe(g, 3, pick(g, []string{"chrome", "firefox", "safari"})), "browser_version": "128.0.1", "browser_language": "en-GB",
		"os":                maybe(g, 3, pick(g, []string{"OS X 10.15.7", "Windows 11", "Android 14"})),
		"location":          Object{"type": "location", "country": place[0], "region": nil, "city": place[1], "country_code": "XX", "continent_code": "EU"},
		"custom_attributes": contactAttributes(g), "opted_out_subscription_types": options(), "opted_in_subscription_types": options(),
		"utm_campaign": maybe(g, 2, "spring & summer"), "utm_content": nil, "utm_medium": nil, "utm_source": maybe(g, 2, "newsletter"), "utm_term": nil,
		"referrer": maybe(g, 2, "https://search.example/?q=é%20è"), "enabled_push_messaging": nil,
	}
	for _, system := range []string{"android", "ios"} {
		for _, field := range []string{"app_name", "app_version", "device", "os_version", "sdk_version", "last_seen_at"} {
			row[system+"_"+field] = nil
		}
	}
	switch i {
	case 2:
		row["signed_up_at"] = unixTime("1969-12-31T23:59:59Z")
	case 4:
		row["social_profiles"] = Object{"type": "list", "data": []Object{{"type": "social_profile", "name": "twitter", "url": "http://twitter.example/" + g.hex(5)}}}
	case 8:
		row["ios_app_name"], row["ios_last_seen_at"] = "Kestrel", updated
	}
	return row
}

// mergedBefore gives a contact a history of merges.
func (ws *workspace) mergedBefore(g gen, c *contact) {
	for range 1 + g.IntN(3) {
		c.merges = append(c.merges, mergeItem{g.objectID(), pick(g, []string{"lead", "user"}), g.between(c.created, c.updated)})
	}
	slices.SortFunc(c.merges, func(a, b mergeItem) int { return int(a.at - b.at) })
}

func contactAttributes(g gen) Object {
	o := Object{}
	for _, a := range contactCustom {
		if !g.one(3) {
			o[a.name] = attributeValue(g, a)
		}
	}
	return o
}

// furnish hangs lists on a contact. One in seven has more than ten of each, if
// there are enough to have.
func (ws *workspace) furnish(g gen, c *contact, i int) {
	many := i%7 == 3
	n := func(most, total int) int {
		if many {
			return min(11+g.IntN(5), total)
		}
		return min(g.IntN(most+1), total)
	}
	for _, t := range g.Perm(tags)[:n(3, tags)] {
		c.tags = append(c.tags, tagging{tagID(t), g.between(c.created, c.updated), text(adminID(t % admins))})
	}
	for j := range n(2, 1000) {
		c.notes = append(c.notes, note{strconv.Itoa(600_000 + 100*i + j), g.between(c.created, c.updated), j, g.body()})
	}
	slices.SortFunc(c.notes, func(a, b note) int { return int(a.created - b.created) })
	peopled := len(ws.companies.rows) * 4 / 5 // the others have no users
	for _, j := range g.Perm(peopled)[:n(2, peopled)] {
		co := ws.companies.rows[j]
		c.companies = append(c.companies, co.id)
		co.users++
	}
	for _, j := range g.Perm(segments)[:g.IntN(3)] {
		c.segments = append(c.segments, ws.segments.rows[j].id)
	}
	for _, j := range g.Perm(len(ws.subs.rows))[:g.IntN(2)] {
		c.subs = append(c.subs, ws.subs.rows[j].id)
	}
}
