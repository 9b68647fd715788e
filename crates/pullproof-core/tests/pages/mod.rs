//! Pages of rules, as tests read them.

/// A fenced block: the words after the fence, the text, and where the text is in the page.
pub(crate) struct Block<'a> {
    pub(crate) info: &'a str,
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

/// The fenced blocks of a section, which goes from its heading to the next of its level.
pub(crate) fn blocks<'a>(page: &'a str, heading: &str) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    let (mut is_inside, mut open) = (false, None);
    let mut at = 0;
    for line in page.split_inclusive('\n') {
        let end = at + line.len();
        match (open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.trim(), end)),
            (Some((info, start)), Some(_)) => {
                if is_inside {
                    blocks.push(Block {
                        info,
                        text: &page[start..at],
                        start,
                    });
                }
                open = None;
            }
            (None, None) if line.starts_with("## ") => is_inside = line.trim() == heading,
            _ => {}
        }
        at = end;
    }
    assert!(open.is_none(), "a fence stays open");
    blocks
}
