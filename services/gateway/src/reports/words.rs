//! What formats, languages and intervals are called.

use kvitt_proto::settlement::v1::{Language, ReportFormat};

/// What a file is like.
pub(crate) const FORMATS: [(&str, ReportFormat); 8] = [
    ("SETTLEMENT_XLSX", ReportFormat::SettlementXlsx),
    ("SETTLEMENT_CSV", ReportFormat::SettlementCsv),
    ("PERIOD_PDF", ReportFormat::PeriodPdf),
    ("CLASSIC_XLSX", ReportFormat::ClassicXlsx),
    ("CLASSIC_CSV", ReportFormat::ClassicCsv),
    ("CLASSIC_XML", ReportFormat::ClassicXml),
    ("CLASSIC_XML_ZIP", ReportFormat::ClassicXmlZip),
    ("CLASSIC_PDF", ReportFormat::ClassicPdf),
];

/// Languages of labels.
pub(crate) const LANGUAGES: [(&str, Language); 5] = [
    ("EN", Language::En),
    ("NB", Language::Nb),
    ("DA", Language::Da),
    ("FI", Language::Fi),
    ("SV", Language::Sv),
];

/// The value that a word stands for.
pub(crate) fn find<T: Copy>(words: &[(&str, T)], word: &str) -> Option<T> {
    words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

/// What a word of these must be.
pub(crate) fn rule<T>(words: &[(&str, T)]) -> String {
    let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    format!("must be one of {}", words.join(", "))
}
