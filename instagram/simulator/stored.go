package simulator

import (
	"path"
	"strconv"
)

// heart is what Instagram calls love.
const heart = "❤"

// stored is a message in the shapes of the Conversations API, which are others than those of webhooks.
// Sources: Conversations API; Message reference, read 2026-11-22.
func (s *Simulator) stored(m Message, shapes Shapes) map[string]any {
	b, _ := s.business(m.BusinessID)
	customer := map[string]any{"username": m.Customer, "id": shapes.id(m.IGSID)}
	business := map[string]any{"username": b.Username, "id": shapes.id(b.UserID)}
	from, to := customer, business
	if m.Echo {
		from, to = business, customer
	}
	known := map[string]any{"created_time": shapes.time(m.At), "from": from, "to": map[string]any{"data": []any{to}}, "message": m.Text}
	if shapes.BareTo {
		known["to"] = []any{to}
	}
	if m.Unsupported {
		known["is_unsupported"] = true
	}
	addStory(known, m)
	addFiles(known, m)
	if len(m.Reactions) > 0 {
		var data []any
		for _, r := range m.Reactions {
			user := customer
			if r.By == byBusiness {
				user = business
			}
			data = append(data, map[string]any{"reaction": reactionName(r.Emoji), "users": []any{user}})
		}
		known["reactions"] = map[string]any{"data": data}
	}
	return known
}

// reactionName is what a stored reaction is called: love has a name, others are their emoji.
func reactionName(emoji string) string {
	if emoji == heart || emoji == heart+"\uFE0F" {
		return "love"
	}
	return emoji
}

func addStory(known map[string]any, m Message) {
	if m.ReplyTo == nil {
		return
	}
	if m.ReplyTo.Story == nil {
		known["reply_to"] = map[string]any{"mid": m.ReplyTo.MID}
		return
	}
	known["story"] = map[string]any{"reply_to": map[string]any{"link": m.ReplyTo.Story.URL, "id": m.ReplyTo.Story.ID}}
}

// addFiles sorts the attachments into attachments, shares and story.
func addFiles(known map[string]any, m Message) {
	var files, shares []any
	for n, a := range m.Attachments {
		address, _ := a.Payload["url"].(string)
		file := map[string]any{"id": m.MID[len(m.MID)-12:] + strconv.Itoa(n)}
		switch a.Type {
		case "image":
			file["mime_type"], file["image_data"] = "image/jpeg", map[string]any{"url": address, "preview_url": address, "width": 320, "height": 240}
		case "video":
			file["mime_type"], file["video_data"] = "video/mp4", map[string]any{"url": address, "preview_url": address}
		case "audio":
			file["mime_type"], file["file_url"] = "audio/mp4", address
		case "file":
			file["mime_type"], file["name"], file["file_url"] = "application/pdf", path.Base(address), address
		case "template":
			file["generic_template"] = a.Payload["generic"]
		case "story_mention":
			known["story"] = map[string]any{"mention": map[string]any{"link": address, "id": "1790" + strconv.Itoa(len(address))}}
			continue
		case "share", "ig_post", "ig_reel", "reel", "story", "ig_story":
			shares = append(shares, map[string]any{"link": address})
			continue
		}
		files = append(files, file)
	}
	if len(files) > 0 {
		known["attachments"] = map[string]any{"data": files}
	}
	if len(shares) > 0 {
		known["shares"] = map[string]any{"data": shares}
	}
}
