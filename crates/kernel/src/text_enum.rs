/// Defines an enum whose variants are known by one text each in JSON, in the database and in forms,
/// and by one label for people.
///
/// ```
/// kernel::text_enum! {
///     /// How soon.
///     pub enum Speed { Slow => "slow" "Slow", Fast => "fast" "Fast" }
/// }
/// assert_eq!("fast".parse::<Speed>(), Ok(Speed::Fast));
/// assert_eq!("x".parse::<Speed>(), Err("must be one of slow, fast".into()));
/// ```
/// The crate that uses it has a feature `ssr`, under which the database encodings appear.
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $Name:ident { $($(#[$vmeta:meta])* $Variant:ident => $text:literal $label:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $Name { $($(#[$vmeta])* $Variant),+ }

        impl $Name {
            pub const ALL: &'static [$Name] = &[$($Name::$Variant),+];

            /// The documented word.
            pub const fn as_str(self) -> &'static str {
                match self { $($Name::$Variant => $text),+ }
            }

            /// The words that people read.
            pub const fn label(self) -> &'static str {
                match self { $($Name::$Variant => $label),+ }
            }
        }

        impl ::std::str::FromStr for $Name {
            type Err = ::std::string::String;
            fn from_str(text: &str) -> ::std::result::Result<$Name, ::std::string::String> {
                match text {
                    $($text => Ok($Name::$Variant),)+
                    _ => Err(::std::string::String::from("must be one of ") + &[$($text),+].join(", ")),
                }
            }
        }

        impl ::std::fmt::Display for $Name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::serde::Serialize for $Name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $Name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<$Name, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }

        #[cfg(feature = "ssr")]
        impl<DB: $crate::sqlx::Database> $crate::sqlx::Type<DB> for $Name where ::std::string::String: $crate::sqlx::Type<DB> {
            fn type_info() -> DB::TypeInfo {
                <::std::string::String as $crate::sqlx::Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <::std::string::String as $crate::sqlx::Type<DB>>::compatible(ty)
            }
        }

        #[cfg(feature = "ssr")]
        impl<'q, DB: $crate::sqlx::Database> $crate::sqlx::Encode<'q, DB> for $Name where &'q str: $crate::sqlx::Encode<'q, DB> {
            fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> ::std::result::Result<$crate::sqlx::encode::IsNull, $crate::sqlx::error::BoxDynError> {
                <&'q str as $crate::sqlx::Encode<'q, DB>>::encode(self.as_str(), buf)
            }
        }

        #[cfg(feature = "ssr")]
        impl<'r, DB: $crate::sqlx::Database> $crate::sqlx::Decode<'r, DB> for $Name where &'r str: $crate::sqlx::Decode<'r, DB> {
            fn decode(value: DB::ValueRef<'r>) -> ::std::result::Result<$Name, $crate::sqlx::error::BoxDynError> {
                Ok(<&'r str as $crate::sqlx::Decode<'r, DB>>::decode(value)?.parse::<$Name>()?)
            }
        }
    };
}
