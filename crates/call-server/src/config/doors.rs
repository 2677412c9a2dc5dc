//! Who gets in: whether strangers may create accounts, the demo accounts, and the address that invitations lead to.
//! Never decides about anybody: the crate `call-rules` does.

use super::Config;
use call_protocol::WhoRegisters;
use clap::{Args, ValueEnum, builder::FalseyValueParser};
use gethostname::gethostname;

/// Who may create an account.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Registration {
    /// Anybody.
    Open,
    /// Whoever has an invitation.
    Invite,
    /// Nobody: the operator creates the accounts.
    Closed,
}

/// Flags of who gets in.
#[derive(Debug, Args)]
#[command(next_help_heading = "Who gets in")]
pub(super) struct DoorArguments {
    /// Who may create an account: anybody (open), whoever has an invitation (invite), or nobody (closed), which is the
    /// default unless there are demo accounts; see call-server user add and call-server invite
    #[arg(long, env = "CALLS_REGISTRATION", value_name = "WHO", value_enum)]
    pub(super) registration: Option<Registration>,
    /// Address at which people open the messenger, such as https://calls.example; invitations lead there
    #[arg(long, env = "CALLS_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub(super) public_url: Option<String>,
    /// Create the demo accounts anna and ben (password: messenger), already contacts, and let anybody create an account;
    /// refused where other machines reach the server
    #[arg(long, env = "CALLS_DEMO", value_parser = FalseyValueParser::new())]
    pub(super) demo: bool,
    /// Create the demo accounts although other machines reach the server: anybody who reaches it can sign in as anna or ben
    #[arg(long, env = "CALLS_DEMO_ON_NETWORK", value_parser = FalseyValueParser::new())]
    pub(super) demo_on_network: bool,
}

impl DoorArguments {
    /// Who may create an account, when it is not said: nobody, unless everybody is in through the demo accounts already.
    pub(super) fn registration(&self) -> WhoRegisters {
        match self.registration {
            Some(Registration::Open) => WhoRegisters::Open,
            Some(Registration::Invite) => WhoRegisters::Invite,
            Some(Registration::Closed) => WhoRegisters::Closed,
            None if self.demo => WhoRegisters::Open,
            None => WhoRegisters::Closed,
        }
    }
}

impl Config {
    /// What cannot be meant about who gets in.
    pub(super) fn door_contradictions(&self) -> Vec<String> {
        let open_to_others = !self.listen.ip().is_loopback() || self.behind_proxy;
        let found = [
            (
                self.demo && self.accounts_elsewhere(),
                "demo accounts cannot be made where an application keeps the accounts: start without --demo",
            ),
            (
                self.demo && open_to_others && !self.demo_on_network,
                "--demo lets everybody in whom the network lets through, with a password that everybody knows: listen on \
                 127.0.0.1 without a proxy, leave --demo out, or add --demo-on-network to say that you mean it",
            ),
            (
                self.demo_on_network && !self.demo,
                "--demo-on-network says nothing without --demo: add that, or leave it out",
            ),
        ];
        found.into_iter().filter(|(so, _)| *so).map(|(_, sentence)| sentence.to_owned()).collect()
    }

    /// Where people open the messenger, without a slash at the end, and whether that is a guess.
    pub fn public_address(&self) -> (String, bool) {
        if let Some(url) = &self.public_url {
            return (url.clone(), false);
        }
        let scheme = if self.tls.certificate.is_some() || self.tls.self_signed { "https" } else { "http" };
        let (ip, port) = (self.listen.ip(), self.listen.port());
        let host = if ip.is_loopback() {
            "localhost".to_owned()
        } else if ip.is_unspecified() {
            gethostname().to_string_lossy().into_owned()
        } else if ip.is_ipv6() {
            format!("[{ip}]")
        } else {
            ip.to_string()
        };
        let is_usual = matches!((scheme, port), ("http", 80) | ("https", 443));
        let port = if is_usual { String::new() } else { format!(":{port}") };
        (format!("{scheme}://{host}{port}"), true)
    }

    /// The host of the address that was configured, if one was.
    pub fn public_host(&self) -> Option<&str> {
        let (_, rest) = self.public_url.as_deref()?.split_once("://")?;
        rest.split(['/', ':']).next().filter(|host| !host.is_empty())
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest)
            if !rest.is_empty()
                && !rest.starts_with(['/', ':'])
                && !rest
                    .contains(|c: char| "?#@\\\"<>".contains(c) || c.is_whitespace() || c.is_control()) =>
        {
            Ok(text.to_owned())
        }
        Some(_) | None => Err("it is the address of the messenger's page, such as https://calls.example or \
                               https://home.example/calls"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn listening(address: &str) -> Config {
        Config { listen: address.parse::<SocketAddr>().unwrap(), ..Config::default() }
    }

    #[test]
    fn demo_accounts_are_for_this_machine_unless_it_is_said_twice() {
        for (address, behind_proxy, twice, sentences) in [
            ("127.0.0.1:0", false, false, 0),
            ("[::1]:0", false, false, 0),
            ("127.0.0.1:0", true, false, 1),
            ("0.0.0.0:0", false, false, 1),
            ("[::]:0", false, false, 1),
            ("192.168.1.2:0", false, false, 1),
            ("192.168.1.2:0", false, true, 0),
            ("127.0.0.1:0", true, true, 0),
        ] {
            let config = Config { demo: true, demo_on_network: twice, behind_proxy, ..listening(address) };
            let said = config.door_contradictions();
            assert_eq!(said.len(), sentences, "{address} {behind_proxy} {twice}: {said:?}");
            assert!(said.iter().all(|sentence| sentence.contains("add --demo-on-network")), "{said:?}");
        }
        let alone = Config { demo_on_network: true, ..Config::default() }.door_contradictions();
        assert!(alone.len() == 1 && alone[0].contains("without --demo"), "{alone:?}");
    }

    #[test]
    fn invitations_lead_to_the_address_that_was_set_or_to_a_guess() {
        assert_eq!(listening("127.0.0.1:8080").public_address(), ("http://localhost:8080".to_owned(), true));
        assert_eq!(listening("10.0.0.7:80").public_address().0, "http://10.0.0.7");
        assert_eq!(listening("[fd00::7]:81").public_address().0, "http://[fd00::7]:81");
        let mut here = listening("0.0.0.0:443");
        here.tls.self_signed = true;
        let (guess, _) = here.public_address();
        assert!(
            guess.starts_with("https://") && !guess.contains("0.0.0.0") && !guess.ends_with(":443"),
            "{guess}"
        );
        here.public_url = Some(public_url("https://home.example/calls/").unwrap());
        assert_eq!(here.public_address(), ("https://home.example/calls".to_owned(), false));
        assert_eq!(here.public_host(), Some("home.example"));
        for bad in [
            "",
            "calls.example",
            "ftp://a",
            "https://",
            "https://a/#b",
            "https://a?b",
            "https://u@a",
            "https:///a",
        ] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }
}
