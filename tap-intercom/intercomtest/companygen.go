package intercomtest

import "strconv"

func (ws *workspace) generateCompanies(o Options) {
	for i := range o.Companies {
		ws.companies.add(&company{record: newRecord(ws.next(), ws.makeCompany(newGen(o.Seed, "company", i), i))})
	}
}

func (ws *workspace) makeCompany(g gen, i int) Object {
	created, updated := g.history(i)
	row := Object{
		"type": "company", "id": g.objectID(), "company_id": "acct-" + strconv.Itoa(100+i-i%9/8), "app_id": ws.appID,
		"name": g.company(), "remote_created_at": g.between(created-365*86400, created), "created_at": created, "updated_at": updated,
		"last_request_at": maybe(g, 4, g.between(created, updated)), "size": maybe(g, 3, g.IntN(5000)), "website": maybe(g, 3, "https://"+g.hex(6)+".example/?a=1&b=2"),
		"industry": maybe(g, 3, pick(g, industries)), "monthly_spend": g.IntN(9000), "session_count": g.IntN(400),
		"plan": Object{}, "tags": Object{"type": "tag.list", "tags": ws.someTags(g, 3, "tag")}, "segments": Object{"type": "segment.list", "segments": ws.someSegments(g)},
		"custom_attributes": companyAttributes(g),
	}
	if g.one(2) {
		row["plan"] = Object{"type": "plan", "id": strconv.Itoa(1 + g.IntN(4)), "name": pick(g, []string{"Starter", "Pro+", "Größe L"})}
	}
	switch i {
	case 3:
		row["remote_created_at"] = unixTime("1951-07-01T00:00:00Z")
	case 4:
		row["remote_created_at"] = updated * 1000
	case 5:
		row["name"] = ""
	}
	return row
}

func companyAttributes(g gen) Object {
	o := Object{}
	for _, a := range companyCustom {
		if !g.one(3) {
			o[a.name] = attributeValue(g, a)
		}
	}
	return o
}

// attributeValue makes a value for a custom attribute: mostly of the declared
// type, but the API does not hold its writers to it.
func attributeValue(g gen, a customAttribute) any {
	if g.one(20) {
		return pick(g, []any{nil, "", "n/a", "12", true, 12.5, -1})
	}
	switch a.dataType {
	case "integer":
		return g.IntN(500)
	case "float":
		return float64(g.IntN(1_000_000)) / 100
	case "boolean":
		return g.one(2)
	case "date":
		return g.between(Epoch.Unix()-365*86400, Epoch.Unix()+365*86400)
	}
	if a.options != nil {
		return pick(g, a.options)
	}
	return g.sentence()
}

// someTags picks up to n tags, as they stand in lists of tag references.
func (ws *workspace) someTags(g gen, n int, typ string) []Object {
	out := []Object{}
	rows := ws.tags.rows
	for _, i := range g.Perm(len(rows))[:min(g.IntN(n+1), len(rows))] {
		row := rows[i].peek()
		out = append(out, Object{"type": typ, "id": row["id"], "name": row["name"]})
	}
	return out
}

func (ws *workspace) someSegments(g gen) []Object {
	out := []Object{}
	rows := ws.segments.rows
	for _, i := range g.Perm(len(rows))[:min(g.IntN(3), len(rows))] {
		out = append(out, rows[i].peek())
	}
	return out
}
