package simulator

// language is the one in which an account reads Instagram, and its errors.
func (s *Simulator) language(businessID string) string {
	b, _ := s.business(businessID)
	return b.Language
}

type errorKey struct{ code, subcode int }

// errorTexts are Instagram's messages in the languages of the businesses; {} is for any other error. They are made up:
// nobody may rely on their words.
var errorTexts = map[string]map[errorKey]string{
	"pt": {
		{}:             "Ocorreu um erro inesperado. Tente novamente mais tarde.",
		{10, 2534022}:  "(#10) Esta mensagem foi enviada fora da janela permitida.",
		{100, 2018276}: "(#100) A etiqueta HUMAN_AGENT não está autorizada.",
		{190, 463}:     "Erro ao validar o token de acesso: a sessão expirou.",
		{613, 0}:       "(#613) As chamadas a esta API excederam o limite.",
	},
	"de": {
		{}:             "Ein unerwarteter Fehler ist aufgetreten. Bitte versuche es später noch einmal.",
		{10, 2534022}:  "(#10) Diese Nachricht wurde außerhalb des zulässigen Zeitfensters gesendet.",
		{100, 2018276}: "(#100) Die Markierung HUMAN_AGENT ist nicht freigegeben.",
		{190, 463}:     "Fehler beim Prüfen des Zugriffstokens: Die Sitzung ist abgelaufen.",
		{613, 0}:       "(#613) Zu viele Aufrufe dieser Schnittstelle.",
	},
}

// localised gives the error in an account's language. For nobody's, an error keeps its own message, if it has one.
func (e *graphError) localised(language string) *graphError {
	copied := *e
	texts := errorTexts[language]
	if text, ok := texts[errorKey{e.Code, e.Subcode}]; ok {
		copied.Message = text
	} else if text, ok := texts[errorKey{}]; ok {
		copied.Message = text
	}
	if copied.Message == "" {
		copied.Message = "An unexpected error has occurred."
	}
	return &copied
}
