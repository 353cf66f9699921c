package auth

// Slots returns how many passwords may be compared at once.
func (b *BootstrapSelf) Slots() int { return cap(b.slots) }
