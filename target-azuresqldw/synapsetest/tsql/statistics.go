package tsql

func (p *parser) createStatistics() Statement {
	s := &CreateStatistics{Name: p.name()}
	p.expect("ON")
	s.Table = p.object()
	s.Columns = p.names()
	if p.accept("WHERE") {
		p.cond()
	}
	p.sampling()
	return s
}

// sampling reads WITH FULLSCAN or SAMPLE n PERCENT.
func (p *parser) sampling() {
	if !p.accept("WITH") {
		return
	}
	if p.accept("FULLSCAN") {
		return
	}
	p.expect("SAMPLE")
	p.integer()
	p.expect("PERCENT")
}

func (p *parser) updateStatistics() Statement {
	p.expect("UPDATE", "STATISTICS")
	s := &UpdateStatistics{Table: p.object()}
	if p.isOp("(") {
		s.Names = p.names()
	} else if p.isName() && !startsStatement(p.tok()) {
		s.Names = []string{p.name()}
	}
	if p.accept("WITH", "RESAMPLE") {
		return s
	}
	p.sampling()
	return s
}
