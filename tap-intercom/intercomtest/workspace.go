package intercomtest

// A workspace is all that the server holds. Server.mu guards it.
type workspace struct {
	seq     int64 // of the newest record
	churned int   // changes that Churn has made

	seed       uint64
	appID      string
	timezone   string
	admins     table[*record]
	teams      table[*record]
	tags       table[*record]
	segments   table[*record]
	subs       table[*record]
	companies  table[*company]
	contacts   table[*contact]
	types      table[*record] // ticket types
	states     table[*record] // ticket states
	tickets    table[*ticket]
	attributes table[*record] // of contacts and companies, keyed by model and full name
	convAttrs  table[*record] // of conversations

	kept map[string]*table[*record] // by kind: what nothing else depends on

	conversations table[*conversation]
	deleted       []deletedConversation
	activities    []activity
	indexLag      int64             // seconds
	merged        map[string]string // merged contact → the one it went into
	newest        int64             // numeric id given last
}

// next numbers a new record.
func (ws *workspace) next() int64 {
	ws.seq++
	return ws.seq
}

// number gives the next numeric id for what is added to a fresh workspace. One
// sequence with gaps serves all kinds.
func (ws *workspace) number() int64 {
	ws.newest += 3
	return ws.newest
}

// generate fills an empty workspace.
func (ws *workspace) generate(o Options, families []family) {
	ws.newest = 900_000_000_000
	ws.merged = map[string]string{}
	ws.kept = map[string]*table[*record]{}
	ws.appID = "w" + newGen(o.Seed, "app", 0).hex(7)
	ws.seed, ws.timezone = o.Seed, o.Timezone
	ws.generateAdmins(o)
	ws.generateLabels(o)
	ws.generateSubscriptions(o)
	ws.generateAttributes(o)
	ws.generateCompanies(o)
	ws.generateContacts(o)
	ws.generateConversations(o)
	ws.generateTickets(o)
	for _, f := range families {
		if f.generate != nil {
			f.generate(ws, o)
		}
	}
}
