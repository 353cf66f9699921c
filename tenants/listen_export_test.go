package tenants

import "time"

// Hasten shortens the times by which Listen watches its connection.
func (p *Platform) Hasten(beat, silence time.Duration) {
	p.pace.beat, p.pace.silence = beat, silence
}
