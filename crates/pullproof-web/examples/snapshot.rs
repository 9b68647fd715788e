//! Answers each line of standard input, a request of the page, by its snapshot, as the page's
//! engine must.

use std::io::BufRead as _;

fn main() -> std::io::Result<()> {
    for line in std::io::stdin().lock().lines() {
        println!("{}", pullproof_web::snapshot(&line?));
    }
    Ok(())
}
