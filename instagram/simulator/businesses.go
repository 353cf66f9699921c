package simulator

// Business is an Instagram account that can be chosen on the consent page.
type Business struct {
	UserID      string // the professional account's id: entry.id of webhooks. Odd and above 2^53, so that a float breaks it
	AppScopedID string // another number, valid for the app alone
	Username    string
	Name        string
	About       string // one line for the consent page and the phone
	AccountType string // BUSINESS, MEDIA_CREATOR or PERSONAL
	Language    string // of Instagram's messages to it: "pt" or "de"
	Colour      string // CSS class of the avatar: "clay", "coffee", "steel", "plum"
}

// Personal reports whether it is a private account, which the API cannot serve.
func (b Business) Personal() bool { return b.AccountType == "PERSONAL" }

// Initial is the letter of the avatar.
func (b Business) Initial() string { return string([]rune(b.Name)[:1]) }

// seeded returns the accounts that every simulator has: three businesses and one person.
func seeded() []Business {
	return []Business{
		{
			UserID: "17841463072915507", AppScopedID: "24918830471526639", Language: "pt", Username: "casalumen.studio", Name: "Casa Lumen",
			About: "Hand-thrown ceramics from Lisbon", AccountType: "BUSINESS", Colour: "clay",
		},
		{
			UserID: "17841470518326641", AppScopedID: "25107746390281453", Language: "de", Username: "nordkaffee", Name: "Nordkaffee",
			About: "Small-batch coffee roasters, Hamburg", AccountType: "BUSINESS", Colour: "coffee",
		},
		{
			UserID: "17841458864207393", AppScopedID: "24760915538264017", Language: "de", Username: "velo.werk", Name: "Velo Werk",
			About: "Bicycle workshop and custom builds, Zürich", AccountType: "MEDIA_CREATOR", Colour: "steel",
		},
		{
			UserID: "17841401937460285", AppScopedID: "24633018842975161", Language: "de", Username: "lena.unterwegs", Name: "Lena Brandt",
			About: "Personal account", AccountType: "PERSONAL", Colour: "plum",
		},
	}
}

// Businesses returns the professional accounts, in the order of the consent page.
func (s *Simulator) Businesses() []Business {
	var list []Business
	for _, b := range s.accounts {
		if !b.Personal() {
			list = append(list, b)
		}
	}
	return list
}

// business finds an account by user id or username; the personal one too.
func (s *Simulator) business(key string) (Business, bool) {
	for _, b := range s.accounts {
		if key != "" && (b.UserID == key || b.Username == key) {
			return b, true
		}
	}
	return Business{}, false
}
