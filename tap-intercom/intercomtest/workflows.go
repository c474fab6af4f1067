package intercomtest

import "strconv"

// Definitions of workflows.
//
// Behaviour: GET /export/workflows/{id}, from 2.15 on. No call lists the
// workflows: there are 67890, 67893 and 67896.
//
// Irregular on purpose: app_id is a number, times are ISO 8601, and steps nest.

func workflowFamily() family {
	return keptFamily(keptKind{
		kind: "workflow_exports", count: 3, first: 67_890,
		routes: []route{{pattern: "GET /export/workflows/{id}", since: v215, handle: exportWorkflow}},
		make: func(_ *workspace, d draft) Object {
			return Object{
				"id": strconv.FormatInt(d.id, 10), "title": d.sentence(), "description": maybe(d.gen, 2, d.sentence()), "trigger_type": "inbound_conversation",
				"state": pick(d.gen, []string{"live", "draft", "paused"}), "target_channels": []string{"chat"}, "preferred_devices": []string{"desktop", "mobile"},
				"created_at": iso(d.created), "updated_at": iso(d.updated), "targeting": maybe(d.gen, 2, Object{"rules": []Object{{"predicate": "a = b"}}}),
				"snapshot":   Object{"steps": []Object{{"id": 1, "next": Object{"id": 2, "next": nil}}}},
				"attributes": []Object{{"name": "Größe", "type": "string"}}, "embedded_rules": []Object{},
			}
		},
		streams: func(ws *workspace, r *record, _ int64, put func(string, Object)) {
			put("workflow_exports", merge(ws.exported(r), Object{"workflow_id": r.id}))
		},
	})
}

// exported is a workflow as its export has it. All exports are of one time: the same seed gives the same workspace, whatever the clock says.
func (ws *workspace) exported(r *record) Object {
	return Object{"export_version": "1.0", "exported_at": iso(Epoch.Unix()), "app_id": 12_345, "workflow": r.object()}
}

func exportWorkflow(s *Server, r *request) answer {
	row, found := s.ws.kept["workflow_exports"].get(r.PathValue("id"))
	if !found {
		return notFound("Workflow not found")
	}
	return okObject(s.ws.exported(row))
}
