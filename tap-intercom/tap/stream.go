package tap

// dialect is how the rows of a stream are got.
type dialect uint8

const (
	list       dialect = iota // GET, all pages
	single                    // GET, one object
	search                    // POST, by time, in order
	scroll                    // GET, page after page within a minute each
	embedded                  // within the items of the parent; the rest by a call of its own
	detail                    // within the parent as a call of its own gives it
	each                      // a list of its own for each parent
	visited                   // a list of its own for each parent in each run, whether the parent changed or not
	feed                      // GET, from where the last run was to the end of a log
	together                  // one list for as many parents as the API takes at a time
	configured                // GET, a list or an object for each id that a setting names
	deep                      // for each row of via, an object of its own
	exported                  // POST for a job, GET until it is done, then its files
	reported                  // the same for one data set
	logged                    // GET, all pages of one slice of time after the other
)

// when says for which parents the call of an embedded stream is made. It is
// never made when neither the stream nor the field in its parent is selected.
type when uint8

const (
	never   when = iota
	hasMore      // the embedded list was cut off
	notNone      // the embedded list is there but says too little
)

// stream is one row of the table: what is read, from where, and what it costs.
type stream struct {
	name   string
	parent string // "" for a stream of its own

	dialect  dialect
	endpoint string // what is called; "" when the parent brings everything
	items    string // member of the answer that holds the rows
	params   string // query of the call
	perPage  int    // 0: searches take the page_size setting, others Intercom's default
	probe    string // what discovery asks instead of endpoint, to see whether it may
	newest   bool   // lists: the API documents the newest change first, so what follows an old row is old
	from     string // lists: parameter that leaves out what changed before a time
	template string // the row of templates that this one was made from; "" for rows of the table
	of       string // what the workspace calls it: the type of custom objects, the data set; fills {id}
	setting  string // names the ids that it is read for
	since    string // version of the API that has it first; "" when all that the tap knows do

	within string // member of the parent that holds the rows: "tags.data"
	when   when   // when the parent's list is not enough
	via    string // child whose rows name what a deep one calls for
	only   string // member of the parent that is true when there is something to call for
	flag   string // parameter with which the parent's call brings the rows
	idAs   string // what the row calls the item's id
	ofID   string // what the row calls the parent's id
	ofTime string // what the row calls the parent's updated_at
	beside string // sibling in whose rows the rows are; its calls bring them
	rowID  string // beside: what identifies a row of the sibling
	rowAs  string // beside: what the row calls that
	lifted string // member of a member of the row that the key needs: "teammate.id"
	liftAs string // what the row calls it
	by     string // together: member of the parent that the call asks by, perPage at a time
	after  string // visited: parameter with the time from which rows are wanted
	until  string // visited: parameter with the time up to which they are
	milli  bool   // visited: these are in milliseconds
	refs   bool   // rows only relate: what else an item says, its own stream says
	url    string // member url of the item, which the call for the rest of a list leaves out

	newer   string // member whose rows may be newer than the item's updated_at: "ticket_parts.ticket_parts"
	counted string // member of the parent that counts the rows too: "statistics.count"

	keys        []string
	bookmark    string // replication key; "" for a full table each time
	sortedByDoc bool   // searches: the API documents the order asked for

	more   []string // visited: members that come when moreBy is "true"; not selected by default
	moreBy string

	cost   string
	limits string // what the API does not give, or gives only so; "" when nothing is known
	off    bool   // costs so much that it is read only when it is asked for
	doc    string
}

// streamNamed returns a row of the table, or one that a template gives; nil when
// there is none.
func streamNamed(name string) *stream {
	for i := range streams {
		if streams[i].name == name {
			return &streams[i]
		}
	}
	return derived(name)
}

// childrenOf returns the streams that are read with parent.
func childrenOf(parent string) []*stream {
	var children []*stream
	for i := range streams {
		if streams[i].parent == parent {
			children = append(children, &streams[i])
		}
	}
	return children
}
