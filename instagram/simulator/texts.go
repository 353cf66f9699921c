package simulator

// firstNames and lastNames make handles; the people are invented.
var (
	firstNames = []string{
		"anna", "marta", "joana", "sofia", "clara", "ines", "lea", "mia", "nora", "emma", "hanna", "julia", "paula", "ida",
		"freya", "greta", "tilda", "rosa", "lucia", "elena", "tom", "jonas", "felix", "paul", "leo", "marco", "luca",
		"david", "simon", "oskar", "nils", "ben", "rafael", "tiago", "miguel", "noah", "emil", "anton", "theo", "yusuf",
	}
	lastNames = []string{
		"berger", "lindqvist", "moreau", "costa", "silva", "weber", "keller", "hartmann", "rossi", "bianchi", "novak",
		"horvath", "jansen", "devries", "nielsen", "larsen", "okafor", "demir", "yilmaz", "petrov", "kowalska", "schmid",
		"brunner", "fischer", "baumann", "ferreira", "almeida", "martin", "dubois", "laurent", "ohara", "murphy", "sato",
	}
)

// slotWords fill {slots} of the scripts, one choice per conversation.
var slotWords = []struct {
	name  string
	words []string
}{
	{"day", []string{"Monday", "Tuesday", "Thursday", "Friday", "Saturday"}},
	{"city", []string{"Porto", "Berlin", "Köln", "Zürich", "Malmö", "Lyon", "Vienna", "Antwerp", "Bologna", "Dublin"}},
	{"piece", []string{"the wide bowl", "the speckled mugs", "the tall vase", "the moon plate", "the espresso cups"}},
	{"glaze", []string{"the sand glaze", "the deep green", "matte white", "the blue one", "the rusty red"}},
	{"count", []string{"two", "three", "four", "six", "eight"}},
	{"coffee", []string{"the Kenya Nyeri", "the Huila", "the house espresso", "the Yirgacheffe", "the decaf"}},
	{"brewer", []string{"a V60", "an AeroPress", "a moka pot", "a Chemex", "an old portafilter machine"}},
	{"bike", []string{"my gravel bike", "an old Peugeot", "the cargo bike", "my commuter", "a 1984 Motobécane"}},
	{"part", []string{"the rear derailleur", "the bottom bracket", "the brake pads", "the chain", "the headset"}},
	{"price", []string{"38", "45", "52", "64", "79", "95"}},
}

// scriptsOf are the conversations that people have with each business: "c" is the customer, "b" the business.
var scriptsOf = map[string][][]string{
	"casalumen.studio": {
		{
			"c Hi! Is {piece} from your last post still available? 😍", "b Hello! Yes, two are left from that firing.",
			"c Wonderful. Do you ship to {city}?", "b We do, it takes four to six days and is {price} € with shipping.",
			"c Perfect, I take one!", "b Thank you 🤍 I will send you the payment link in a minute.",
		},
		{
			"c Good morning, my order {order} arrived but one cup has a crack 😢", "b Oh no, I am so sorry! Could you send a photo?",
			"c photo https://scontent.cdninstagram.com/v/simulated/cracked-cup.jpg", "c It is near the handle",
			"b Thank you. A new one leaves the studio on {day}, free of course.", "c That was quick, thanks so much!",
		},
		{
			"c Do you make {piece} in {glaze}?", "b Not at the moment, the next glaze firing is in two weeks.",
			"c Could I reserve {count}?", "b Of course. May I have your e-mail for the list?", "c Just write me here, that is easier 🙂",
		},
		{
			"c Olá! Do you give wheel-throwing classes?", "b Olá! Yes, every {day} evening, up to six people.",
			"c And for a complete beginner?", "b Especially for beginners. Three hours, clay and firing included, {price} € each.",
			"c Great, we are {count} people", "b Then I keep {count} places. See you in the studio!",
		},
		{"c Is {piece} dishwasher safe?", "b It is! Only the gold rims want to be washed by hand.", "c Good to know, obrigada!"},
		{
			"c Hello, we are opening a small restaurant in {city} and love your plates", "b What lovely news, congratulations!",
			"c We would need about sixty in {glaze}. Is that possible before summer?",
			"b Sixty take us eight weeks. Shall we talk on {day}?", "c Yes please, after 15:00?", "b 15:30 it is.",
		},
		{"c Your new collection 😭🤍", "b Thank you so much!", "c When is the online drop?", "b On {day} at 18:00, Lisbon time."},
		{"c Where is order {order}? Tracking has not moved since {day}", "b Let me ask the carrier, one moment.", "c Thanks"},
		{"c Can I visit the studio this {day}?", "b Please do, we are open from 10 to 18. Ring at the green door.", "c 🙌"},
		{"c Do you also repair? I dropped {piece} 🙈", "b We do kintsugi workshops in autumn, would you like the date?", "c Yes!"},
	},
	"nordkaffee": {
		{
			"c Moin! Which beans would you take for {brewer}?", "b Moin! {coffee}, ground a bit finer than you think.",
			"c And the ratio?", "b 60 g per litre, 93 °C. Tell us how it turns out ☕", "c Will do!", "c Wow. You were right.",
		},
		{
			"c My subscription came a day late again 🙁", "b Sorry about that! Which number is it?", "c {order}",
			"b I see it. From now on yours leaves on {day} morning, and the next bag is on us.", "c Very kind, thank you",
		},
		{"c Is {coffee} back in stock?", "b It is roasted on {day} and in the shop the day after.", "c Put one kilo aside for me please"},
		{
			"c Hi, we are a small office in {city}, {count} heavy drinkers 😅 Do you have a plan for companies?",
			"b Ha, welcome! Yes: from 2 kg a month with free delivery.", "c Which grinder would you recommend?",
			"b For {count} people a used commercial one. I can send a list.", "c Yes please!",
		},
		{"c Do you still offer the cupping on {day}?", "b We do! 17:00, ten places.", "c {count} of us, is that ok?", "b Noted 👍"},
		{"c Is the bag compostable?", "b The paper is, the valve not yet. We are working on it.", "c Thanks for being honest"},
		{"c I ordered whole beans and got ground ones (order {order})", "b That is our fault. New bag is on its way.", "c Thanks!"},
		{"c Whats the caffeine like in the decaf?", "b Under 0.1 %, it is washed with water only.", "c Perfect for my mum 😊"},
		{"c Can I pick up order {order} in the roastery?", "b Sure, Monday to Friday until 18:00."},
		{"c photo https://scontent.cdninstagram.com/v/simulated/latte-art.jpg", "c First swan with {coffee}!!", "b That is a beauty 🦢"},
	},
	"velo.werk": {
		{
			"c Hoi! {bike} makes a grinding noise, probably {part}", "b Hoi! Sounds like it. Could you bring it on {day}?",
			"c Before work, at 8?", "b Yes. We have a look and call before anything costs more than {price} CHF.", "c Deal, merci!",
		},
		{"c Is my bike ready? Ticket {order}", "b Nearly: {part} arrives tomorrow, ready on {day}.", "c Ok great, thanks for the update"},
		{
			"c How long is the wait for a custom frame?", "b About five months at the moment.", "c And a rough price?",
			"b Frames start at 2,400 CHF, without paint.", "c I will save a bit longer then 😄", "b We will be here!",
		},
		{"c Do you sell used bikes?", "b A few, in spring more. Size?", "c 56, for commuting", "b I will send photos on {day}."},
		{
			"c Could you convert {bike} to a single speed?", "b Gladly. Do the dropouts run horizontally?",
			"c photo https://scontent.cdninstagram.com/v/simulated/dropout.jpg", "b Perfect, that works. About {price} CHF plus parts.",
			"c When could I come by?", "b {day} afternoon is free.",
		},
		{"c Do you have {part} for {bike} in stock?", "b One left. Shall I put it aside?", "c Yes please, name is on my profile"},
		{"c Are you open on {day}?", "b From 9 to 18:30, as always.", "c 🚲💨"},
		{"c I bent my wheel 😱 can it be saved?", "b Send a photo, we have saved worse.", "c Later today, I am still at the hospital haha"},
		{"c Do you offer a winter service?", "b From November, {price} CHF with everything.", "c Can I book {count} bikes?", "b Of course."},
		{"c The new brakes are a dream, thank you!!", "b So good to hear. Check the pads after 500 km.", "c Will do"},
	},
}
